// A sentence that goes by itself, with a way to undo what it tells.
import { post, words } from "./http.js";

const STAYS = 6000;

export function toast({ text, word, undo }) {
  const box = document.createElement("div");
  box.className = "toast";
  const line = document.createElement("span");
  line.textContent = text ?? words[word] ?? word;
  box.append(line);
  if (undo) box.append(undoButton(undo, box));
  const shelf = document.getElementById("toasts");
  shelf.replaceChildren(box);
  let timer = setTimeout(() => box.remove(), undo ? STAYS * 2 : STAYS);
  const hold = () => clearTimeout(timer);
  const release = () => (timer = setTimeout(() => box.remove(), STAYS));
  box.addEventListener("pointerenter", hold);
  box.addEventListener("focusin", hold);
  box.addEventListener("pointerleave", release);
  box.addEventListener("focusout", release);
}

function undoButton(url, box) {
  const button = document.createElement("button");
  button.className = "button button-small";
  button.type = "button";
  button.textContent = words.undo;
  button.addEventListener("click", async () => {
    button.disabled = true;
    const answer = await post(url).catch(() => null);
    box.remove();
    if (answer?.ok) location.reload();
    else toast({ word: "failed" });
  });
  return button;
}
