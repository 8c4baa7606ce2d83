// A box that ticks all boxes of a table (data-select-all="<name>"), and what may be done with those ticked ([data-bulk]).
export function mount(all) {
  const scope = all.closest("form") ?? document;
  const boxes = () => [...scope.querySelectorAll(`[name="${CSS.escape(all.dataset.selectAll)}"]`)];
  let last = null;

  const show = () => {
    const ticked = boxes().filter((box) => box.checked).length;
    all.checked = ticked > 0 && ticked === boxes().length;
    all.indeterminate = ticked > 0 && !all.checked;
    for (const bar of scope.querySelectorAll("[data-bulk]")) bar.hidden = ticked === 0;
    for (const count of scope.querySelectorAll("[data-bulk-count]")) count.textContent = ticked;
  };
  all.addEventListener("change", () => {
    boxes().forEach((box) => (box.checked = all.checked));
    show();
  });
  scope.addEventListener("click", (event) => {
    const list = boxes();
    const at = list.indexOf(event.target);
    if (at < 0) return;
    if (event.shiftKey && last !== null) list.slice(Math.min(at, last), Math.max(at, last) + 1).forEach((box) => (box.checked = event.target.checked));
    last = at;
    show();
  });
  show();
}
