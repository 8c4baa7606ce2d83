// Counts down to data-due by the server's clock (data-now when the page was made), then submits the quiz around it.
import { announce, words } from "./http.js";

const WARN = [300, 60];

export function mount(element) {
  const skew = Date.parse(element.dataset.now) - Date.now();
  const due = Date.parse(element.dataset.due);
  const shown = element.querySelector("[data-left]");
  const first = (due - Date.now() - skew) / 1000;
  const warnings = WARN.filter((seconds) => seconds < first);
  let timer;

  const tick = () => {
    if (!element.isConnected) return clearInterval(timer);
    const left = Math.max(0, Math.ceil((due - Date.now() - skew) / 1000));
    shown.textContent = clock(left);
    element.toggleAttribute("data-low", left <= WARN[0] && left > 0);
    element.toggleAttribute("data-over", left === 0);
    if (left <= warnings[0]) {
      warnings.shift();
      announce((words.left ?? "").replace("{n}", Math.ceil(left / 60)));
    }
    if (left === 0) {
      clearInterval(timer);
      document.querySelector("form[data-quiz]")?.dispatchEvent(new CustomEvent("time-up"));
    }
  };
  timer = setInterval(tick, 1000);
  tick();
}

function clock(seconds) {
  const two = (n) => String(n).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const rest = `${two(Math.floor((seconds % 3600) / 60))}:${two(seconds % 60)}`;
  return hours ? `${hours}:${rest}` : rest;
}
