// A form that sends a file and shows how far it is; it goes where the server sends it, as a plain form would.
import { token, words } from "./http.js";

export function mount(form) {
  const input = form.querySelector("input[type=file]");
  const zone = form.querySelector("[data-dropzone]");

  zone?.addEventListener("dragover", (event) => {
    event.preventDefault();
    zone.dataset.over = "";
  });
  zone?.addEventListener("dragleave", () => delete zone.dataset.over);
  zone?.addEventListener("drop", (event) => {
    event.preventDefault();
    delete zone.dataset.over;
    if (event.dataTransfer.files.length) input.files = event.dataTransfer.files;
  });

  form.addEventListener("submit", (event) => {
    if (!input.files.length) return;
    event.preventDefault();
    if (form.querySelector(".upload progress")) return; // the second click of a double click
    send(form, event.submitter);
  });
}

function send(form, submitter) {
  const box = form.querySelector(".upload") ?? form.appendChild(Object.assign(document.createElement("div"), { className: "upload" }));
  const bar = document.createElement("progress");
  const line = document.createElement("span");
  bar.max = 1;
  bar.value = 0;
  bar.setAttribute("aria-label", words.uploading);
  line.className = "hint";
  line.setAttribute("role", "status");
  line.textContent = words.uploading;
  box.replaceChildren(bar, line);

  const request = new XMLHttpRequest();
  request.open("POST", form.action);
  request.setRequestHeader("X-CSRF-Token", token());
  request.upload.addEventListener("progress", (event) => {
    bar.value = event.loaded / event.total;
  });
  request.addEventListener("load", () => {
    if (request.status < 400) return void location.assign(request.responseURL);
    document.open();
    document.write(request.responseText);
    document.close();
  });
  request.addEventListener("error", () => {
    line.textContent = words.failed;
    bar.remove();
    if (submitter) delete submitter.dataset.busy;
  });
  request.send(new FormData(form));
}
