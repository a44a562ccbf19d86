// Small helps for whoever has JavaScript; every page works without it.
"use strict";
(() => {
  // A draft is kept on this machine, encrypted under a key that the hub gives to the same
  // person alone: a lost connection does not lose a visit, and a shared phone tells
  // nothing. It goes when the form was taken, at sign-out, and after twelve hours.
  const life = 12 * 60 * 60 * 1000;
  const prefix = "draft ";
  const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)));
  const names = () => Object.keys(localStorage).filter((name) => name.startsWith(prefix));
  const stored = (name) => {
    try { return JSON.parse(localStorage.getItem(name)); } catch { return null; }
  };
  const sweep = (gone) => {
    for (const name of names()) {
      const draft = stored(name);
      if (!draft || gone(draft)) localStorage.removeItem(name);
    }
  };
  let key;
  const keyOf = async () => {
    const raw = document.body.dataset.drafts;
    if (!raw || !window.crypto || !crypto.subtle) return null;
    key = key || crypto.subtle.importKey("raw", bytes(raw), "AES-GCM", false, ["encrypt", "decrypt"]);
    return key;
  };
  const nameOf = async (form) => prefix + text(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(document.body.dataset.drafts + form.dataset.draft)));
  const save = async (form, sent) => {
    const under = await keyOf();
    if (!under) return;
    const values = [...new FormData(form)].filter(([name]) => name !== "version" && (sent || name !== "key"));
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, under, new TextEncoder().encode(JSON.stringify(values)));
    try {
      localStorage.setItem(await nameOf(form), JSON.stringify({ at: Date.now(), sent, iv: text(iv), sealed: text(sealed) }));
    } catch { /* full: nothing to do */ }
  };
  const load = async (form) => {
    const under = await keyOf();
    const draft = under && stored(await nameOf(form));
    if (!draft) return;
    let values;
    try {
      values = JSON.parse(new TextDecoder().decode(await crypto.subtle.decrypt({ name: "AES-GCM", iv: bytes(draft.iv) }, under, bytes(draft.sealed))));
    } catch { return; }
    const chosen = new Set([...form.querySelectorAll(":checked")].map((field) => field.name));
    for (const [name, value] of values) {
      for (const field of form.querySelectorAll("[name]")) {
        if (field.name !== name) continue;
        if (field.type === "radio" || field.type === "checkbox") field.checked = field.checked || (!chosen.has(name) && field.value === value);
        else if (name === "key" || (field.type !== "hidden" && (!field.value || field.dataset.default))) field.value = value;
      }
    }
  };
  const wait = (form) => {
    const notice = form.querySelector("[data-offline]");
    if (notice) notice.hidden = false;
    window.addEventListener("online", () => form.submit(), { once: true });
  };
  // What there is to do has changed: the lists of this page are read again. One tab of
  // the browser listens for all.
  const refresh = async () => {
    const parts = document.querySelectorAll("[data-live]");
    const notice = document.querySelector("[data-live-notice]");
    if (parts.length === 0) {
      if (notice) notice.hidden = false;
      return;
    }
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of parts) {
      const other = page.getElementById(part.id);
      if (other && !part.contains(document.activeElement)) part.replaceWith(document.importNode(other, true));
      else if (notice) notice.hidden = false;
    }
  };
  const listen = () => {
    if (!document.body.dataset.drafts || !window.EventSource || !navigator.locks || !window.BroadcastChannel) return;
    const others = new BroadcastChannel("tongxin");
    others.onmessage = refresh;
    navigator.locks.request("tongxin live", () => new Promise((end) => {
      const source = new EventSource("/live");
      source.addEventListener("change", () => { others.postMessage(""); refresh(); });
      source.onerror = () => { if (source.readyState === EventSource.CLOSED) end(); };
    }));
  };
  const begin = () => {
    sweep((draft) => Date.now() - draft.at > life);
    if (document.querySelector(".done")) sweep((draft) => draft.sent);
    for (const form of document.querySelectorAll("form[data-draft]")) {
      load(form);
      form.addEventListener("input", () => save(form, false));
      form.addEventListener("submit", async (event) => {
        // Looking for a choice sends nothing; without a network there is nothing to find.
        if (event.submitter && event.submitter.name === "look") {
          if (!navigator.onLine) {
            event.preventDefault();
            const notice = form.querySelector("[data-offline]");
            if (notice) notice.hidden = false;
          }
          return;
        }
        event.preventDefault();
        if (form.dataset.sending) return;
        form.dataset.sending = "1";
        await save(form, true);
        if (navigator.onLine) form.submit();
        else wait(form);
      });
    }
    for (const form of document.querySelectorAll('form[action^="/signout"]')) form.addEventListener("submit", () => sweep(() => true));
    for (const button of document.querySelectorAll("[data-print]")) button.addEventListener("click", () => window.print());
    listen();
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin);
  else begin();
})();
