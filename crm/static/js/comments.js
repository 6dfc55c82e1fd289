// comments.js: the comment box with scripts: @ picks a person, selected words are quoted, pictures are pasted or dropped.
(() => {
  "use strict";
  const box = () => document.querySelector("form[data-comment]");

  // ---- quoting ----
  const quote = (entry, words) => {
    const form = box();
    form.elements.quote.value = words;
    form.elements.quoted_kind.value = entry.dataset.kind;
    form.elements.quoted_id.value = entry.dataset.id;
    const shown = form.querySelector("[data-quoted]");
    shown.hidden = false;
    shown.querySelector("blockquote").textContent = words;
    shown.querySelector("[data-unquote]").hidden = false;
    form.elements.body.focus();
  };
  const selected = () => {
    const selection = document.getSelection();
    const words = selection.toString().trim();
    const node = selection.anchorNode && selection.anchorNode.parentElement;
    const text = node && node.closest("[data-quote]");
    return words && text && text.contains(selection.focusNode) ? { words, entry: text.closest("[data-kind]") } : null;
  };
  const floating = document.createElement("button");
  floating.type = "button";
  floating.className = "btn btn-sm quote-here";
  floating.hidden = true;
  const place = () => {
    const found = box() && box().elements.quote && selected();
    floating.hidden = !found;
    if (!found) return;
    const link = found.entry.querySelector("[data-quote-link]");
    if (!link) { floating.hidden = true; return; }
    const area = document.getSelection().getRangeAt(0).getBoundingClientRect();
    floating.textContent = link.textContent;
    floating.style.left = `${area.left + window.scrollX}px`;
    floating.style.top = `${area.bottom + window.scrollY + 4}px`;
  };
  document.addEventListener("selectionchange", place);
  floating.addEventListener("mousedown", (event) => event.preventDefault()); // a click must not clear the selection
  floating.addEventListener("click", () => { const found = selected(); if (found) quote(found.entry, found.words); floating.hidden = true; });
  document.body.append(floating);
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-quote-link]");
    if (link && box() && box().elements.quote) {
      event.preventDefault();
      const entry = link.closest("[data-kind]");
      const found = selected();
      const whole = [...entry.querySelectorAll("[data-quote]")].map((part) => part.textContent.trim()).join("\n");
      quote(entry, found && found.entry === entry ? found.words : whole.slice(0, 600));
    }
    const away = event.target.closest("[data-unquote]");
    if (away) {
      const form = away.closest("form");
      ["quote", "quoted_kind", "quoted_id"].forEach((name) => { form.elements[name].value = ""; });
      away.parentElement.hidden = true;
      form.elements.body.focus();
    }
  });

  // ---- pictures ----
  const enclose = (form, files) => {
    const input = form.elements.files;
    if (!input || !files.length) return false;
    const all = new DataTransfer();
    [...input.files, ...files].forEach((file) => all.items.add(file));
    input.files = all.files;
    input.dispatchEvent(new Event("input", { bubbles: true }));
    show(form);
    return true;
  };
  const show = (form) => {
    const list = form.querySelector("[data-pasted]");
    list.replaceChildren(...[...form.elements.files.files].map((file) => {
      const item = document.createElement("li");
      item.textContent = file.name;
      if (file.type.startsWith("image/")) {
        const reader = new FileReader(); // data: is what the page's policy allows pictures to come from
        reader.onload = () => { const picture = new Image(); picture.src = reader.result; picture.alt = ""; item.prepend(picture); };
        reader.readAsDataURL(file);
      }
      return item;
    }));
  };
  document.addEventListener("paste", (event) => {
    const form = event.target.closest("form[data-comment]");
    if (form && enclose(form, event.clipboardData.files)) event.preventDefault();
  });
  ["dragover", "dragleave", "drop"].forEach((kind) => document.addEventListener(kind, (event) => {
    const form = event.target.closest && event.target.closest("form[data-comment]");
    if (!form || !form.elements.files || !event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    form.classList.toggle("is-over", kind === "dragover");
    if (kind === "drop") enclose(form, event.dataTransfer.files);
  }));
  document.addEventListener("change", (event) => {
    if (event.target.matches("form[data-comment] input[type=file]")) show(event.target.form);
  });

  // ---- @ ----
  const list = document.createElement("ul");
  list.className = "at-list";
  list.id = "at-list";
  list.hidden = true;
  list.setAttribute("role", "listbox");
  document.body.append(list);
  let people = null, field = null, at = 0;
  const load = (form) => {
    people = people || fetch(form.dataset.people, { headers: { Accept: "application/json" } }).then((answer) => (answer.ok ? answer.json() : []));
    return people;
  };
  const close = () => { list.hidden = true; if (field) field.setAttribute("aria-expanded", "false"); };
  const mark = (item) => {
    list.querySelectorAll("li").forEach((other) => other.setAttribute("aria-selected", String(other === item)));
    field.setAttribute("aria-activedescendant", item.id);
    item.scrollIntoView({ block: "nearest" });
  };
  const take = (item) => {
    const end = field.selectionStart;
    field.setRangeText(`@${item.dataset.name} `, at, end, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
    close();
    field.focus();
  };
  const offer = (typed, found) => {
    const near = found.filter((person) => person.name.includes(typed) || person.unit.includes(typed)).slice(0, 8);
    if (!near.length) { close(); return; }
    list.replaceChildren(...near.map((person, number) => {
      const item = document.createElement("li");
      item.id = `at-${number}`;
      item.setAttribute("role", "option");
      item.dataset.name = person.name;
      item.textContent = `${person.name} · ${person.unit}`;
      item.addEventListener("mousedown", (event) => { event.preventDefault(); take(item); });
      return item;
    }));
    const area = field.getBoundingClientRect();
    list.style.left = `${area.left + window.scrollX}px`;
    list.style.top = `${area.bottom + window.scrollY}px`;
    list.setAttribute("aria-label", field.form.dataset.peopleLabel);
    list.hidden = false;
    field.setAttribute("aria-expanded", "true");
    mark(list.firstElementChild);
  };
  document.addEventListener("input", (event) => {
    if (!event.target.matches("form[data-comment] textarea")) return;
    field = event.target;
    const before = field.value.slice(0, field.selectionStart);
    at = before.lastIndexOf("@");
    const typed = at < 0 ? null : before.slice(at + 1);
    if (typed === null || /\s/.test(typed) || typed.length > 12) { close(); return; }
    field.setAttribute("role", "combobox");
    field.setAttribute("aria-controls", "at-list");
    field.setAttribute("aria-autocomplete", "list");
    load(field.form).then((found) => offer(typed, found), close);
  });
  document.addEventListener("keydown", (event) => {
    if (list.hidden || event.target !== field) return;
    const items = [...list.children], now = items.findIndex((item) => item.getAttribute("aria-selected") === "true");
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) mark(items[(now + step + items.length) % items.length]);
    else if ((event.key === "Enter" && !event.ctrlKey && !event.metaKey) || event.key === "Tab") take(items[now]);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
  });
  document.addEventListener("focusout", (event) => { if (event.target === field) close(); });
})();
