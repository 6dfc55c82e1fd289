// imports.js: how far an upload is, and one word while rows are written. Nothing here is needed.
(() => {
  "use strict";
  // The upload is sent in the background so that its progress can be shown; the answer becomes the page.
  const send = (form) => {
    const box = form.querySelector(".upload-progress");
    const bar = box.querySelector("progress");
    const words = box.querySelector("[role=status]");
    const request = new XMLHttpRequest();
    box.hidden = false;
    request.upload.addEventListener("progress", (event) => {
      if (!event.lengthComputable) return;
      const percent = Math.round((event.loaded / event.total) * 100);
      bar.value = percent;
      words.textContent = percent < 100 ? `已上传 ${percent}%` : "已上传，正在打开文件";
    });
    request.addEventListener("load", () => {
      if (request.responseURL && request.status < 400) { window.location.assign(request.responseURL); return; }
      const page = new DOMParser().parseFromString(request.responseText, "text/html");
      const main = page.querySelector("main");
      if (main) document.querySelector("main").replaceWith(main); else form.submit();
    });
    request.addEventListener("error", () => { words.textContent = "网络中断，请再试一次"; bar.removeAttribute("value"); });
    request.open("POST", form.action);
    request.send(new FormData(form));
  };
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.matches("[data-upload]")) {
      const file = form.querySelector("input[type=file]");
      if (!file.files.length || !window.FormData) return;
      event.preventDefault();
      send(form);
    }
    if (form.matches("[data-busy]")) {
      const button = form.querySelector("button");
      button.textContent = form.dataset.busy;
      window.setTimeout(() => { button.disabled = true; });
    }
  });
})();
