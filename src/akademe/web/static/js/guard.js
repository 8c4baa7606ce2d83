// Asks before leaving a form (data-guard) that holds changes nobody saved.
export function mount(form) {
  const first = snapshot(form);
  let leaving = false;
  form.addEventListener("submit", () => (leaving = true));
  addEventListener("beforeunload", (event) => {
    if (!leaving && form.isConnected && snapshot(form) !== first) event.preventDefault();
  });
}

function snapshot(form) {
  return JSON.stringify([...new FormData(form)].map(([name, value]) => [name, value instanceof File ? value.name : value]));
}
