// What every page has: keys, dialogs, toasts, the theme, and the loading of a module where its attribute stands.
import { post } from "./http.js";
import { toast } from "./toast.js";

const modules = {
  "[data-search]": () => import("./search.js"),
  "[data-sortable]": () => import("./sortable.js"),
  "[data-quiz]": () => import("./quiz.js"),
  "[data-timer]": () => import("./timer.js"),
  "[data-player]": () => import("./player.js"),
  "[data-editor]": () => import("./editor.js"),
  "[data-upload]": () => import("./upload.js"),
  "[data-study]": () => import("./learn-study.js"),
  "[data-guard]": () => import("./guard.js"),
  "[data-select-all]": () => import("./bulk.js"),
};
const mounted = new WeakMap();

function mount(root) {
  for (const [selector, load] of Object.entries(modules)) {
    const found = [...root.querySelectorAll(selector)];
    if (root.matches?.(selector)) found.push(root);
    for (const element of found) {
      const names = mounted.get(element) ?? new Set();
      if (names.has(selector)) continue;
      mounted.set(element, names.add(selector));
      load().then((module) => module.mount(element));
    }
  }
  for (const box of root.querySelectorAll(".table-wrap, .math")) {
    if (!box.hasAttribute("tabindex") && box.scrollWidth > box.clientWidth) box.tabIndex = 0;
  }
  root.querySelector("[data-focus]")?.focus();
  for (const field of root.querySelectorAll("[data-time-zone]")) field.value = Intl.DateTimeFormat().resolvedOptions().timeZone;
}

function chooseTheme(form, button) {
  const root = document.documentElement;
  if (button.value === "auto") delete root.dataset.theme;
  else root.dataset.theme = button.value;
  for (const each of form.querySelectorAll("[name=theme]")) each.setAttribute("aria-pressed", String(each === button));
  post(form.action, new URLSearchParams({ theme: button.value }));
}

function reveal(button) {
  const input = button.closest("[data-password]").querySelector("input");
  const shown = input.type === "password";
  input.type = shown ? "text" : "password";
  button.setAttribute("aria-pressed", String(shown));
  const use = button.querySelector("use");
  use.setAttribute("href", use.getAttribute("href").replace(/#.*/, shown ? "#eye-off" : "#eye"));
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-dialog], [data-toast], [data-reveal], [data-copy], [data-print]");
  if (!button) return;
  const { dialog, toast: text, toastUndo, copy } = button.dataset;
  if (dialog) document.getElementById(dialog)?.showModal();
  if (text) toast({ text, undo: toastUndo });
  if ("reveal" in button.dataset) reveal(button);
  if (copy) navigator.clipboard.writeText(copy).then(() => toast({ text: button.dataset.copied }));
  if ("print" in button.dataset) window.print();
});

document.addEventListener("click", (event) => {
  // A click on the backdrop closes a dialog.
  if (event.target instanceof HTMLDialogElement) event.target.close();
});

const TWICE = 3000;
function isSentTwice(form) {
  // The second click of a double click; after a while it is somebody trying again.
  if ("sent" in form.dataset) return true;
  form.dataset.sent = "";
  setTimeout(() => delete form.dataset.sent, TWICE);
  return false;
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented) return;
  if (form.matches("[data-theme-form]") && event.submitter) {
    event.preventDefault();
    chooseTheme(form, event.submitter);
  } else if (form.method === "post" && isSentTwice(form)) {
    event.preventDefault();
  } else if (form.matches("[data-autosubmit]") === false && event.submitter?.matches(".button") && form.method === "post") {
    event.submitter.dataset.busy = "";
  }
});
// A page that comes back from the cache of the browser must not look busy.
addEventListener("pageshow", () => {
  document.querySelectorAll("[data-busy]").forEach((button) => delete button.dataset.busy);
  document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent);
});

document.addEventListener("change", (event) => {
  const form = event.target.form;
  if (form?.matches("[data-autosubmit]")) form.requestSubmit();
});

let waitingForPlace = false;
const places = { h: "/home", c: "/courses", i: "/inbox" };
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
  if (typing || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (waitingForPlace && places[event.key]) return void location.assign(places[event.key]);
  waitingForPlace = event.key === "g";
  if (event.key === "/") {
    const search = document.querySelector("[data-search]");
    if (search?.offsetParent) search.focus();
    else location.assign("/search");
    event.preventDefault();
  } else if (event.key === "?") {
    document.getElementById("keys")?.showModal();
  } else {
    const target = document.querySelector(`[data-key~="${CSS.escape(event.key)}"]`);
    if (target && !event.target.closest("video, audio, [role=toolbar], .sortable, input")) target.click();
  }
});

document.body.addEventListener("toast", (event) => toast(event.detail));
document.body.addEventListener("htmx:load", (event) => mount(event.detail.elt));
document.body.addEventListener("htmx:sendError", () => toast({ word: "offline", tone: "danger" }));
mount(document.body);
if (document.body.hasAttribute("data-signed-in")) import("./inbox.js").then((module) => module.start());
else sessionStorage.removeItem("inbox-unread"); // of whoever was signed in before
