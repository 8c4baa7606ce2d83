// Asks before leaving a form (data-guard) that holds changes nobody saved; Ctrl+S is its button [data-save], if it has one.
// data-guard="unsaved": what stands in it now is not saved.
export function mount(form) {
  const first = form.dataset.guard === "unsaved" ? null : snapshot(form);
  let leaving = false;
  form.addEventListener("submit", () => (leaving = true));
  addEventListener("pageshow", () => (leaving = false));
  addEventListener("beforeunload", (event) => {
    if (!leaving && form.isConnected && snapshot(form) !== first) event.preventDefault();
  });
  const save = form.querySelector("[data-save]");
  if (!save) return;
  addEventListener("keydown", (event) => {
    if (event.key !== "s" || !(event.ctrlKey || event.metaKey) || event.altKey) return;
    event.preventDefault();
    save.click();
  });
}

function snapshot(form) {
  return JSON.stringify([...new FormData(form)].map(([name, value]) => [name, value instanceof File ? value.name : value]));
}
