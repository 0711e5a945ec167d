import { createHash } from "node:crypto";
import { type Html, html } from "../../functions/platform/page.ts";
import { dataFolder } from "./names.ts";

// What only this machine shows: the start page and the mail that was sent. They are for whoever develops, in English,
// and the one place with script: events as they happen and the clock.

export type LocalMail = {
  id: string;
  at: string;
  from: string;
  to: string[];
  subject: string;
  text: string;
  html: string;
  headers: Readonly<Record<string, string>>;
};
export type Links = readonly { label: string; url: string }[];
export type LocalPage = { status: number; headers: Record<string, string>; body: string };

const style = `body{font:16px/1.5 system-ui,sans-serif;margin:0;background:#f5efe7;color:#1d1b19}
main{max-width:60rem;margin:0 auto;padding:1.5rem}section{background:#fffdfa;border-radius:.75rem;padding:1rem 1.5rem;margin:1rem 0}
h1{margin:.5rem 0}h2{font-size:1.15rem;margin:.25rem 0 .5rem}a{color:#7a2e1d}ul{padding-left:1.2rem}
button,input{font:inherit;padding:.45rem .8rem;border-radius:.4rem;border:1px solid #857c72;background:#fff}button{cursor:pointer}
button:focus-visible,a:focus-visible,input:focus-visible{outline:3px solid #1a5fb4;outline-offset:2px}
#events{font:13px/1.6 ui-monospace,Menlo,monospace;list-style:none;padding:0;margin:0;max-height:24rem;overflow:auto;overflow-wrap:anywhere}
.soft{color:#5c5650}table{border-collapse:collapse;width:100%}td{overflow-wrap:anywhere}td,th{text-align:left;padding:.4rem .6rem .4rem 0;border-bottom:1px solid #d9d2c9;vertical-align:top}
pre{white-space:pre-wrap;overflow-wrap:anywhere}iframe{width:100%;min-height:40rem;border:1px solid #d9d2c9;background:#fff}`;

const script = `const say=document.querySelector("#now"),list=document.querySelector("#events"),error=document.querySelector("#clock-error");
const show=async()=>{const{now}=await(await fetch("/local/clock")).json();say.textContent=new Date(now).toLocaleString(undefined,{timeZoneName:"short"})+" ("+now.slice(0,19).replace("T"," ")+" UTC)"};
show();setInterval(show,1000);
const move=async(advance)=>{error.textContent="moving …";const answer=await fetch("/local/clock",{method:"POST",headers:{"content-type":"application/json"},body:JSON.stringify({advance})});
error.textContent=answer.ok?"":(await answer.json()).detail??"The clock did not move.";show()};
for(const button of document.querySelectorAll("button[data-advance]"))button.addEventListener("click",()=>move(button.dataset.advance));
document.querySelector("#clock").addEventListener("submit",(event)=>{event.preventDefault();move(event.target.advance.value)});
new EventSource("/local/events").addEventListener("message",({data})=>{const{type,detail}=JSON.parse(data);const item=document.createElement("li");
item.textContent=detail.at.slice(11,19)+" UTC  "+type+"  "+JSON.stringify(detail.data).slice(0,300);list.prepend(item);while(list.children.length>200)list.lastChild.remove()});`;

const sha = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
const policy = `default-src 'none'; style-src ${sha(style)}; script-src ${sha(script)}; img-src data:; connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'`;

const layout = (title: string, body: Html, withScript = false): LocalPage => ({
  status: 200,
  headers: {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": policy,
    "cache-control": "no-store",
  },
  body: html`<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title><link rel="icon" href="data:,"><style>${{ markup: style }}</style></head>
<body><main>${body}</main>${withScript && html`<script>${{ markup: script }}</script>`}</body></html>`.markup,
});

const start = (links: Links): LocalPage =>
  layout(
    "Samenspraak on this machine",
    html`<h1>Samenspraak on this machine</h1>
<p>The whole system runs here, with the same handlers as on AWS. What it does is kept in <code>${dataFolder}</code>; <code>npm start -- --fresh</code> starts anew.</p>
<section><h2>Look around</h2>
<ul>${links.map(({ label, url }) => html`<li><a href="${url}">${label}</a></li>`)}</ul>
<ul><li><a href="/docs">The API, to read and try</a> · <a href="/openapi.json">openapi.json</a></li><li><a href="/local/mail">Mail that was sent</a></li></ul>
${links.length === 0 && html`<p class="soft">The demonstration is being made, which takes about a minute. <a href="/">Look again</a>.</p>`}</section>
<section><h2>The clock</h2><p>It is <strong id="now">…</strong> here. It moves forward only.</p>
<p><button data-advance="PT1M">1 minute on</button> <button data-advance="PT15M">15 minutes on</button> <button data-advance="PT1H">1 hour on</button> <button data-advance="P1D">1 day on</button></p>
<form id="clock"><label>Or as an ISO 8601 duration <input name="advance" value="PT14M" size="8"></label> <button>Move</button></form><p id="clock-error" role="status"></p></section>
<section><h2>Events, as they happen</h2><ul id="events" aria-live="polite"></ul></section>`,
    true,
  );

const inUtc = (at: string): string => `${at.slice(0, 19).replace("T", " ")} UTC`;

const mailbox = (mails: readonly LocalMail[]): LocalPage =>
  layout(
    "Mail that was sent",
    html`<p><a href="/">← Start</a></p><h1>Mail that was sent</h1><section>${
      mails.length === 0
        ? html`<p>None yet. Enter a contest, and its mail appears here.</p>`
        : html`<table><thead><tr><th scope="col">When</th><th scope="col">From</th><th scope="col">To</th><th scope="col">Subject</th></tr></thead><tbody>${[
            ...mails,
          ]
            .reverse()
            .slice(0, 200)
            .map(
              ({ id, at, from, to, subject }) =>
                html`<tr><td>${inUtc(at)}</td><td>${decoded(from).replace(/ <.*/, "")}</td><td>${to.join(", ")}</td><td><a href="/local/mail/${id}">${subject}</a></td></tr>`,
            )}</tbody></table>`
    }</section>`,
  );

/** A sender's name as a mail program shows it: encoded words (RFC 2047 §2) in UTF-8 and base64, as ours are. */
const decoded = (from: string): string =>
  from
    .replace(/(\?=) +(?==\?)/g, "$1")
    .replace(/=\?utf-8\?b\?([^?]*)\?=/gi, (_, word: string) => Buffer.from(word, "base64").toString());

const letter = ({ at, from, to, subject, text, headers, id }: LocalMail): LocalPage =>
  layout(
    subject,
    html`<p><a href="/local/mail">← Mail</a></p><h1>${subject}</h1><section><p class="soft">${inUtc(at)} · from ${decoded(from)} · to ${to.join(", ")}</p>
<iframe sandbox="allow-top-navigation-by-user-activation allow-popups" title="${subject}" src="/local/mail/${id}/html"></iframe></section>
<section><h2>As text</h2><pre>${linked(text)}</pre></section>
<section><h2>Headers</h2><table><tbody>${Object.entries(headers).map(([name, value]) => html`<tr><th scope="row">${name}</th><td>${value}</td></tr>`)}</tbody></table></section>`,
  );

const linked = (text: string): Html[] =>
  text
    .split(/(https?:\/\/[^\s<>"]+)/)
    .map((part) => (/^https?:\/\//.test(part) ? html`<a href="${part}">${part}</a>` : html`${part}`));

const notThere = (): LocalPage => ({
  ...layout("Not found", html`<h1>There is no such mail</h1><p><a href="/local/mail">All mail</a></p>`),
  status: 404,
});

/** The pages of this machine, or undefined where a path is none of them. */
export const localPages =
  (mails: () => readonly LocalMail[], links: () => Links) =>
  (method: string, path: string): LocalPage | undefined => {
    if (method !== "GET") return undefined;
    if (path === "/") return start(links());
    if (path === "/local/mail") return mailbox(mails());
    const [, id, asHtml] = /^\/local\/mail\/([^/]+)(\/html)?$/.exec(path) ?? [];
    if (id === undefined) return undefined;
    const mail = mails().find((one) => one.id === id);
    if (!mail) return notThere();
    if (!asHtml) return letter(mail);
    return {
      status: 200,
      headers: {
        "content-type": "text/html; charset=utf-8",
        "content-security-policy":
          "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; sandbox allow-top-navigation-by-user-activation allow-popups",
      },
      // A link in a mail opens beside the frame, in the window.
      body: `<base target="_top">${mail.html}`,
    };
  };
