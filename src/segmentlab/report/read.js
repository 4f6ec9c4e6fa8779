// Reading: the contents follow the place, a linked segment opens.
(() => {
  const nav = document.querySelector("nav");
  const links = [...nav.querySelectorAll("a")].filter((link) => link.offsetParent);
  const targets = links.map((link) => document.getElementById(link.hash.slice(1)));

  const follow = () => {
    const passed = targets.findLastIndex((target) => target.getBoundingClientRect().top < innerHeight / 3);
    const atEnd = Math.ceil(scrollY + innerHeight) >= document.documentElement.scrollHeight;
    const here = links[atEnd ? links.length - 1 : Math.max(passed, 0)];
    if (here.hasAttribute("aria-current")) return;
    links.forEach((link) => link.removeAttribute("aria-current"));
    here.setAttribute("aria-current", "location");
    nav.scrollLeft = here.offsetLeft - nav.clientWidth / 3;
    nav.scrollTop = here.offsetTop - nav.clientHeight / 2;
  };
  addEventListener("scroll", () => requestAnimationFrame(follow), { passive: true });
  follow();

  const openLinked = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target?.tagName === "DETAILS") target.open = true;
  };
  addEventListener("hashchange", openLinked);
  document.addEventListener("click", (event) => {
    if (event.target.closest("a")?.hash === location.hash) openLinked(); // closed again since it was linked
  });
  openLinked();
})();
