// New mails appear by themselves; the rest of the page works without this file.
const POLL_MILLISECONDS = 1500;
const list = document.getElementById("list");
const frame = document.getElementById("frame");

for (const tab of document.querySelectorAll("[role=tab]")) {
  tab.addEventListener("click", () => {
    for (const other of document.querySelectorAll("[role=tab]")) {
      other.setAttribute("aria-selected", String(other === tab));
      document.getElementById(other.getAttribute("aria-controls")).hidden = other !== tab;
    }
  });
}

for (const name of ["phone", "dark"]) {
  const button = document.getElementById(name);
  const show = (pressed) => {
    button.setAttribute("aria-pressed", String(pressed));
    frame.classList.toggle(name, pressed);
    sessionStorage.setItem(name, pressed ? "1" : "");
  };
  if (button) {
    show(sessionStorage.getItem(name) === "1");
    button.addEventListener("click", () => show(button.getAttribute("aria-pressed") !== "true"));
  }
}

document.getElementById("clear").addEventListener("click", async () => {
  await fetch("/mails.json", { method: "DELETE" });
  location.assign("/");
});

setInterval(async () => {
  const response = await fetch(location.pathname).catch(() => null);
  if (!response?.ok) return;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const newer = page.getElementById("list");
  if (newer.dataset.newest === list.dataset.newest) return;
  if (!frame) return location.reload();
  list.replaceChildren(...newer.children);
  list.dataset.newest = newer.dataset.newest;
}, POLL_MILLISECONDS);
