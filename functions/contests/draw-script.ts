/**
 * What the page of a draw does where script runs: it loads the module that checks (functions/contests/check-draw.ts, built),
 * gives it what is public, or what a visitor kept, and shows each check. What it says stands in the page. Plain JavaScript
 * as it is sent: its hash is in the page's policy.
 */
export const drawScript = `(() => {
  const box = document.getElementById("checks");
  if (!box) return;
  box.hidden = false;
  const say = JSON.parse(box.dataset.say);
  const home = box.dataset.home;
  const $ = (id) => document.getElementById(id);
  const checker = () => import("/docs/check-draw.js");
  // Once it is open it works without a network too.
  box.ontoggle = checker;
  const get = async (path) => {
    const answer = await fetch(path, { headers: { accept: "application/json" } });
    if (!answer.ok) return undefined;
    return answer.json();
  };
  const read = async (input) => JSON.parse(await input.files[0].text());
  const element = (name, text, kind) => {
    const made = document.createElement(name);
    if (text !== undefined) made.textContent = text;
    if (kind) made.className = kind;
    return made;
  };
  const show = (place, text, good, checks = []) => {
    place.replaceChildren(element("p", text, good ? "good" : "error"));
    const list = element("ul");
    for (const { name, ok, detail } of checks) {
      const item = element("li", (ok ? "\\u2713 " : "\\u2717 ") + (say.names[name] || name));
      item.append(element("br"), element("span", detail, "soft code"));
      list.append(item);
    }
    if (checks.length) place.append(list);
  };
  const working = (place, run) => async () => {
    place.replaceChildren(element("p", say.working, "soft"));
    try {
      await run();
    } catch (error) {
      show(place, say.unreadable, false);
    }
  };
  const seen = () => $("seen").value.trim() || undefined;
  const outcome = $("outcome");
  const draw = async (bundle, counts) => {
    const { checkDraw } = await checker();
    const { status, checks } = checkDraw(bundle, counts, seen());
    show(outcome, say.verdicts[status], status !== 1, checks);
  };
  if ($("check")) $("check").onclick = working(outcome, async () => draw(await get(home + "/draw.json"), await get(home + "/counts.json")));
  $("bundle").onchange = working(outcome, async () => draw(await read($("bundle"))));
  const found = $("found");
  const mine = async (evidence) => {
    const { markOf, checkReceipt } = await checker();
    const bundle = (await get(home + "/draw.json")) || (await get(home + "/draw"));
    const mark = markOf(bundle, evidence);
    if (!bundle || !bundle.commitment) return show(found, say.notSealed, false);
    if (!mark) throw new Error("no receipt");
    const { ok, checks } = checkReceipt(bundle, evidence, await get(home + "/proof/" + mark));
    show(found, ok ? say.in : say.out, ok, checks);
  };
  $("find").onclick = working(found, async () => {
    if ($("receipt").files.length) return mine(await read($("receipt")));
    const { pathname, search } = new URL($("mine").value);
    const { receipt } = await get(pathname + search);
    return mine(receipt);
  });
})();`;
