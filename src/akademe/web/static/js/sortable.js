// Order by dragging (mouse, pen, touch), by buttons and by keys. Items carry data-id; with a .handle only that drags.
// data-sortable="places" numbers the items' number fields, empty until somebody moved one or kept the order as it is
// (data-keep-order); any list sends "sorted", which htmx may listen to.
// Lists of one data-group exchange items.
import { announce, words } from "./http.js";

const EDGE = 60;

export function mount(list) {
  list.addEventListener("pointerdown", (event) => start(list, event));
  list.addEventListener("click", (event) => {
    const button = event.target.closest("[data-move]");
    if (button) moveBy(itemOf(button), button.dataset.move === "up" ? -1 : 1, button);
  });
  list.addEventListener("keydown", (event) => {
    const handle = event.target.closest(".handle");
    if (!handle || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
    event.preventDefault();
    moveBy(itemOf(handle), event.key === "ArrowUp" ? -1 : 1, handle);
  });
  unplaced(list)?.querySelector("[data-keep-order]").addEventListener("click", () => {
    list.querySelector("[data-move]").focus();
    number(list);
  });
}

const itemOf = (element) => element.closest("[data-id]");
const items = (list) => [...list.children].filter((child) => child.dataset.id);
const lists = (list) => (list.dataset.group ? [...document.querySelectorAll(`[data-sortable][data-group="${list.dataset.group}"]`)] : [list]);

const unplaced = (list) => list.parentElement.querySelector("[data-unplaced]");

function number(list) {
  items(list).forEach((each, n) => (each.querySelector("input[type=number]").value = n + 1));
  unplaced(list)?.remove();
  list.dispatchEvent(new Event("change", { bubbles: true }));
}

function settle(from, list, item) {
  if (list.dataset.sortable === "places") number(list);
  const detail = { id: item.dataset.id, from: from.id, to: list.id, order: items(list).map((each) => each.dataset.id) };
  list.dispatchEvent(new CustomEvent("sorted", { bubbles: true, detail }));
  const place = items(list).indexOf(item) + 1;
  announce((words.moved ?? "").replace("{n}", place).replace("{of}", items(list).length));
}

function moveBy(item, step, focus) {
  const list = item.parentElement;
  const group = lists(list);
  const siblings = items(list);
  const target = siblings[siblings.indexOf(item) + step];
  const neighbour = group[group.indexOf(list) + step];
  if (target) step < 0 ? target.before(item) : target.after(item);
  else if (neighbour) step < 0 ? neighbour.append(item) : neighbour.prepend(item);
  else return;
  focus.focus();
  settle(list, item.parentElement, item);
}

function start(list, event) {
  const item = itemOf(event.target);
  const grip = event.target.closest(".handle");
  const busy = event.target.closest("a, button:not(.handle), input, select, textarea, label");
  if (event.button !== 0 || !item || item.parentElement !== list) return;
  if (list.querySelector(".handle") ? !grip : busy) return;
  if (!grip && event.pointerType === "touch") return; // without a handle a finger scrolls; the arrows move
  const origin = { list, next: item.nextSibling };
  const startY = event.clientY;
  let moved = false;

  const over = (move) => {
    if (!moved && Math.abs(move.clientY - startY) < 4) return;
    moved = true;
    item.classList.add("dragging");
    document.body.classList.add("is-dragging");
    if (move.clientY < EDGE) scrollBy(0, -12);
    if (move.clientY > innerHeight - EDGE) scrollBy(0, 12);
    place(lists(list), item, move.clientX, move.clientY);
  };
  const end = (done) => {
    document.removeEventListener("pointermove", over);
    document.removeEventListener("pointerup", drop);
    document.removeEventListener("pointercancel", cancel);
    document.removeEventListener("keydown", escape);
    item.classList.remove("dragging");
    document.body.classList.remove("is-dragging");
    if (!moved) return;
    if (!done) origin.list.insertBefore(item, origin.next);
    else if (item.parentElement !== list || item.nextSibling !== origin.next) settle(list, item.parentElement, item);
  };
  const drop = () => end(true);
  const cancel = () => end(false);
  const escape = (key) => key.key === "Escape" && end(false);
  document.addEventListener("pointermove", over);
  document.addEventListener("pointerup", drop);
  document.addEventListener("pointercancel", cancel);
  document.addEventListener("keydown", escape);
  event.preventDefault();
}

function place(group, item, x, y) {
  const below = document.elementFromPoint(x, y);
  const list = below?.closest("[data-sortable]");
  if (!list || !group.includes(list)) return;
  const other = items(list).find((each) => each.contains(below));
  if (!other) {
    if (!items(list).length) list.append(item);
    return;
  }
  if (other === item) return;
  const box = other.getBoundingClientRect();
  y < box.top + box.height / 2 ? other.before(item) : other.after(item);
}
