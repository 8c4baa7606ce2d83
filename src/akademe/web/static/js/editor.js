// Markdown: a toolbar, the preview as the server renders it, pictures by paste and drop.
import { post, words } from "./http.js";

const around = { bold: ["**", "**"], italic: ["*", "*"], code: ["`", "`"], math: ["$", "$"], link: ["[", "](https://)"] };
const before = { heading: "## ", quote: "> ", list: "- ", numbered: "1. " };
const blocks = {
  table: "\n| A | B |\n|---|---|\n| 1 | 2 |\n",
  callout: "\n:::note\n\n:::\n",
};
const keys = { b: "bold", i: "italic", k: "link" };

export function mount(editor) {
  const area = editor.querySelector("textarea");
  const shown = editor.querySelector(".editor-preview");
  const picker = editor.querySelector("input[type=file]");
  const status = editor.querySelector("[data-status]");

  const insert = (text, selectFrom, selectTo) => {
    const start = area.selectionStart;
    area.focus();
    // The only way that keeps the browser's own undo; setRangeText where it is gone.
    if (!document.execCommand("insertText", false, text)) area.setRangeText(text, area.selectionStart, area.selectionEnd, "end");
    if (selectFrom !== undefined) area.setSelectionRange(start + selectFrom, start + (selectTo ?? selectFrom));
    area.dispatchEvent(new Event("input", { bubbles: true }));
  };

  function apply(tool) {
    const chosen = area.value.slice(area.selectionStart, area.selectionEnd);
    if (around[tool]) {
      const [open, close] = tool === "code" && chosen.includes("\n") ? ["```\n", "\n```"] : around[tool];
      insert(open + chosen + close, open.length, open.length + chosen.length);
    } else if (before[tool]) {
      const start = area.value.lastIndexOf("\n", area.selectionStart - 1) + 1;
      area.setSelectionRange(start, area.selectionEnd);
      const lines = area.value.slice(start, area.selectionEnd).split("\n");
      insert(lines.map((line) => before[tool] + line).join("\n"));
    } else if (blocks[tool]) {
      insert(blocks[tool]);
    } else if (tool === "image") {
      picker.click();
    } else if (tool === "preview") {
      preview();
    }
  }

  async function preview() {
    const button = editor.querySelector("[data-tool=preview]");
    const open = shown.hidden;
    if (open) {
      const answer = await post(editor.dataset.preview, new URLSearchParams({ text: area.value })).catch(() => null);
      if (!answer?.ok) return void (status.textContent = words.failed);
      shown.innerHTML = await answer.text();
    }
    shown.hidden = !open;
    area.hidden = open;
    button.setAttribute("aria-pressed", String(open));
    (open ? shown : area).focus();
  }

  async function upload(files) {
    for (const file of files) {
      if (!editor.dataset.uploadTo || !file.type.startsWith("image/")) continue;
      status.textContent = words.uploading;
      const body = new FormData();
      body.append("file", file);
      const answer = await post(editor.dataset.uploadTo, body).catch(() => null);
      const told = await answer?.json().catch(() => null);
      status.textContent = answer?.ok ? "" : (told?.detail ?? words.failed);
      if (answer?.ok) insert(`![${file.name.replace(/\.\w+$/, "")}](${told.url})\n`, 2, 2 + file.name.replace(/\.\w+$/, "").length);
    }
  }

  editor.addEventListener("click", (event) => {
    const button = event.target.closest("[data-tool]");
    if (button) apply(button.dataset.tool);
  });
  area.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && keys[event.key]) {
      event.preventDefault();
      apply(keys[event.key]);
    }
  });
  area.addEventListener("paste", (event) => {
    if (event.clipboardData.files.length && editor.dataset.uploadTo) {
      event.preventDefault();
      upload(event.clipboardData.files);
    }
  });
  editor.addEventListener("dragover", (event) => {
    if (event.dataTransfer.types.includes("Files")) {
      event.preventDefault();
      editor.dataset.over = "";
    }
  });
  editor.addEventListener("dragleave", () => delete editor.dataset.over);
  editor.addEventListener("drop", (event) => {
    delete editor.dataset.over;
    if (!event.dataTransfer.files.length) return;
    event.preventDefault();
    upload(event.dataTransfer.files);
  });
  picker?.addEventListener("change", () => upload(picker.files));
}
