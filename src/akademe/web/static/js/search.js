// Results as you type: a combobox over the server's own list of results.
const WAIT = 150;

export function mount(input) {
  const list = document.getElementById("finder-results");
  let timer, request;

  input.setAttribute("role", "combobox");
  input.setAttribute("aria-controls", list.id);
  input.setAttribute("aria-expanded", "false");
  input.setAttribute("aria-autocomplete", "list");

  const options = () => [...list.querySelectorAll("[role=option]")];
  const show = (open) => {
    list.hidden = !open;
    input.setAttribute("aria-expanded", String(open));
    if (!open) input.removeAttribute("aria-activedescendant");
  };

  async function look() {
    request?.abort();
    const text = input.value.trim();
    if (text.length < 2) return show(false);
    request = new AbortController();
    try {
      const url = `${input.dataset.search}?${new URLSearchParams({ q: text })}`;
      const answer = await fetch(url, { headers: { "HX-Request": "true", "HX-Target": list.id }, signal: request.signal });
      if (!answer.ok) return;
      list.innerHTML = await answer.text();
      options().forEach((option, n) => (option.id = `finder-${n}`));
      show(list.childElementCount > 0);
    } catch (error) {
      if (error.name !== "AbortError") show(false);
    }
  }

  function move(step) {
    const all = options();
    if (!all.length) return;
    const now = all.findIndex((option) => option.getAttribute("aria-selected") === "true");
    const next = (now + step + all.length + (now < 0 && step < 0 ? 1 : 0)) % all.length;
    all.forEach((option, n) => option.setAttribute("aria-selected", String(n === next)));
    all[next].scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", all[next].id);
  }

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(look, WAIT);
  });
  input.addEventListener("focus", () => list.childElementCount && input.value.trim().length > 1 && show(true));
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      move(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Escape") {
      if (list.hidden) input.blur();
      show(false);
    } else if (event.key === "Enter") {
      const chosen = list.querySelector('[aria-selected="true"]');
      if (chosen && !list.hidden) {
        event.preventDefault();
        location.assign(chosen.href);
      }
    }
  });
}
