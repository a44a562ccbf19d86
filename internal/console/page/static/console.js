// Small helps for whoever has JavaScript; every page works without it.
"use strict";
(() => {
  // A draft lives as long as the tab: a lost connection does not lose a visit, and a
  // shared phone keeps nothing once the tab is closed or the form was taken.
  const keyOf = (form) => "draft " + form.dataset.draft;
  const save = (form) => {
    const values = [...new FormData(form)].filter(([name]) => name !== "key" && name !== "version");
    try { sessionStorage.setItem(keyOf(form), JSON.stringify(values)); } catch { /* full: nothing to do */ }
  };
  const load = (form) => {
    const text = sessionStorage.getItem(keyOf(form));
    if (!text || form.dataset.sent) return;
    for (const [name, value] of JSON.parse(text)) {
      for (const field of form.querySelectorAll("[name]")) {
        if (field.name !== name) continue;
        if (field.type === "radio" || field.type === "checkbox") field.checked = field.checked || field.value === value;
        else if (field.type !== "hidden" && !field.value) field.value = value;
      }
    }
  };
  const begin = () => {
    for (const form of document.querySelectorAll("form[data-draft]")) {
      load(form);
      form.addEventListener("input", () => save(form));
      form.addEventListener("submit", (event) => {
        save(form);
        const notice = form.querySelector("[data-offline]");
        if (!navigator.onLine) {
          event.preventDefault();
          if (notice) notice.hidden = false;
        }
      });
    }
    for (const done of document.querySelectorAll("[data-draft-done]")) sessionStorage.removeItem("draft " + done.dataset.draftDone);
    if (location.pathname === "/signin") sessionStorage.clear();
    for (const button of document.querySelectorAll("[data-print]")) button.addEventListener("click", () => window.print());
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin);
  else begin();
})();
