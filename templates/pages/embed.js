// A form of ours on the publisher's pages: in place, or as a pop-up that can be refused. It sets no cookie, needs nothing
// but `script-src` and `connect-src` of the page's Content-Security-Policy, and where we cannot be reached nothing shows.
(() => {
  'use strict';
  const script = document.currentScript;
  if (!script || !window.fetch || !window.HTMLDialogElement) return;
  const set = script.dataset;
  const base = script.src.replace(/\/embed\.js(\?.*)?$/, '');
  const KEY = 'griot:' + base;
  const narrow = () => window.innerWidth < 620;

  const remembered = () => { try { return +localStorage.getItem(KEY) || 0; } catch { return 0; } };
  // A browser that keeps nothing is asked again.
  const remember = (days) => { try { localStorage.setItem(KEY, Date.now() + days * 864e5); } catch {} };

  const make = (tag, attributes, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (value === true) element.setAttribute(name, '');
      else if (value !== false && value != null) element.setAttribute(name, value);
    }
    element.append(...children.filter((child) => child != null));
    return element;
  };

  const css = (c) => `:host{all:initial}*{box-sizing:border-box}
.card{color-scheme:light dark;--paper:${c.day.paper};--ink:${c.day.ink};--soft:${c.day.soft};--accent:${c.day.accent};background:var(--paper);color:var(--ink);font:17px/26px system-ui,-apple-system,"Segoe UI",Roboto,Arial,sans-serif;text-align:start}
@media (prefers-color-scheme:dark){.card{--paper:${c.night.paper};--ink:${c.night.ink};--soft:${c.night.soft};--accent:${c.night.accent}}}
div.card{padding:24px}
dialog.card{width:min(480px,calc(100vw - 32px));max-height:calc(100vh - 32px);overflow:auto;padding:32px;border:1px solid var(--soft)}
dialog::backdrop{background:rgb(0 0 0/.4)}
[dir=rtl] [dir=auto]{text-align:right}
h2{margin:0;font:400 28px/34px Georgia,serif}
h2:focus{outline:0}
p{margin:12px 0 0}.soft{color:var(--soft);font-size:14px;line-height:22px}
label{display:block;margin:16px 0 6px;font-weight:600}
.pick{display:flex;gap:10px;align-items:flex-start;margin:12px 0 0;font-weight:400}
.pick input{flex:0 0 24px;width:24px;height:24px;margin:1px 0;accent-color:var(--accent)}
input[type=email]{width:100%;min-height:48px;padding:10px 14px;border:1px solid var(--soft);background:var(--paper);color:var(--ink);font:inherit}
.buttons{display:flex;flex-wrap:wrap;gap:12px;margin-top:18px}
button{flex:1 1 auto;min-height:48px;padding:10px 20px;border:2px solid var(--accent);background:var(--accent);color:var(--paper);font:inherit;font-weight:600;cursor:pointer}
button.quiet{border-color:var(--soft);background:none;color:var(--ink)}
button:disabled{opacity:.6}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
a{color:var(--accent)}.problem{border-inline-start:4px solid var(--accent);padding-inline-start:12px}
.trap{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
@media (max-width:619px){dialog.card{width:100vw;max-width:none;max-height:60vh;margin:auto 0 0;padding:22px 20px;border-width:1px 0 0}}`;

  // The number whose digest with the ticket is the challenge.
  const work = async (ticket, challenge, most) => {
    const encoder = new TextEncoder();
    for (let number = 0; number < most; number += 1) {
      const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', encoder.encode(ticket + number)));
      if (Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('') === challenge) return number;
    }
    return null;
  };

  const fillIn = (root, offer, close) => {
    const heading = make('h2', { id: 'h', tabindex: '-1', lang: offer.headlineLang, dir: 'auto' }, offer.headline);
    const about = make('div', {}, offer.text && make('p', { lang: offer.textLang, dir: 'auto' }, offer.text), offer.cadence && make('p', { class: 'soft' }, offer.cadence));
    const status = make('p', { id: 's', role: 'status' });
    const email = make('input', { type: 'email', id: 'e', name: 'email', required: true, maxlength: 254, autocomplete: 'email', dir: 'ltr', 'aria-describedby': 's' });
    const trap = make('input', { type: 'text', name: 'website', tabindex: '-1', autocomplete: 'off' });
    const picks = offer.newsletters.map((one) => make('input', { type: 'checkbox', name: 'newsletter', value: one.id, checked: one.ticked }));
    const send = make('button', { type: 'submit' }, offer.button);
    const refuse = close && make('button', { type: 'button', class: 'quiet' }, offer.refuse);
    const form = make('form', { method: 'post', action: base + '/subscribe', target: '_blank' },
      ...(picks.length > 1
        ? picks.map((pick, i) => make('label', { class: 'pick' }, pick, make('span', { lang: offer.newsletters[i].lang, dir: 'auto' }, offer.newsletters[i].name)))
        : [make('input', { type: 'hidden', name: 'newsletter', value: offer.newsletters[0].id })]),
      make('label', { for: 'e' }, offer.label), email,
      make('div', { class: 'trap', 'aria-hidden': 'true' }, trap),
      make('input', { type: 'hidden', name: 'ticket', value: offer.ticket }),
      make('input', { type: 'hidden', name: 'page', value: location.origin + location.pathname }),
      make('input', { type: 'hidden', name: 'form', value: close ? 'popup' : 'inline' }),
      make('div', { class: 'buttons' }, send, refuse),
      make('p', { class: 'soft' }, offer.promise + ' ', make('a', { href: offer.privacy, target: '_blank', rel: 'noopener' }, offer.privacyLabel)));
    if (refuse) refuse.addEventListener('click', () => close(true));

    const done = offer.challenge && window.crypto && crypto.subtle ? work(offer.ticket, offer.challenge, offer.most) : Promise.resolve(null);
    const submit = async (extra) => {
      const body = new URLSearchParams(new FormData(form));
      const number = await done;
      if (number !== null) body.set('work', number);
      for (const [name, value] of Object.entries(extra)) body.set(name, value);
      const answer = await fetch(base + '/subscribe', { method: 'POST', body, credentials: 'omit', headers: { Accept: 'application/json' } });
      return answer.json();
    };
    const say = (text, isProblem, ofEmail) => {
      status.textContent = text;
      status.className = isProblem ? 'problem' : '';
      email.setAttribute('aria-invalid', !!ofEmail);
    };
    const question = make('div', { class: 'buttons' });
    const answered = () => {
      question.remove();
      send.hidden = false;
    };
    email.addEventListener('input', answered);
    const attempt = async (extra) => {
      send.disabled = true;
      answered();
      let told;
      try { told = await submit(extra); } catch { form.submit(); send.disabled = false; return; }
      send.disabled = false;
      if (told.taken) {
        if (close) remember(3650);
        form.remove();
        about.remove();
        heading.textContent = told.title;
        heading.lang = offer.lang;
        say(told.text);
        heading.focus();
        if (refuse) { refuse.textContent = offer.close; root.append(make('div', { class: 'buttons' }, refuse)); refuse.focus(); }
      } else if (told.meant) {
        const yes = make('button', { type: 'button' }, told.text);
        const no = make('button', { type: 'button', class: 'quiet' }, told.keep);
        yes.addEventListener('click', () => { email.value = told.meant; attempt({ keep: 'yes' }); });
        no.addEventListener('click', () => attempt({ keep: 'yes' }));
        say(told.question, true);
        question.replaceChildren(yes, no);
        status.after(question);
        send.hidden = true;
        yes.focus();
      } else {
        say(told.problem || told.text, true, told.field === 'email');
        (told.field === 'email' ? email : told.field ? picks[0] : send).focus();
      }
    };
    form.addEventListener('submit', (event) => { event.preventDefault(); attempt({}); });
    root.append(heading, about, status, form);
    return heading;
  };

  const card = (tag, offer) => {
    const host = make('div', {});
    const shadow = host.attachShadow({ mode: 'open' });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css(offer.colours));
    shadow.adoptedStyleSheets = [sheet];
    const root = make(tag, { class: 'card', lang: offer.lang, dir: offer.dir, 'aria-labelledby': 'h' });
    shadow.append(root);
    return { host, root };
  };

  const popUp = (offer) => {
    const { host, root } = card('dialog', offer);
    const close = (refused) => { if (refused && remembered() < Date.now()) remember(offer.remember); root.close(); };
    const heading = fillIn(root, offer, close);
    root.addEventListener('cancel', () => close(true));
    root.addEventListener('close', () => host.remove());
    // Behind the last place for the focus comes the first one.
    root.addEventListener('keydown', (event) => {
      if (event.key !== 'Tab') return;
      const places = [...root.querySelectorAll('a,button:enabled:not([hidden]),input:not([type=hidden],[tabindex])')];
      const at = places.indexOf(host.shadowRoot.activeElement);
      if (event.shiftKey ? at > 0 : at < places.length - 1) return;
      event.preventDefault();
      places.at(event.shiftKey ? -1 : 0).focus();
    });
    const began = Date.now();
    let timer;
    const open = () => {
      clearTimeout(timer);
      removeEventListener('scroll', scrolled);
      document.removeEventListener('mouseout', left);
      if (host.isConnected || remembered() > Date.now()) return;
      document.body.append(host);
      root.showModal();
      heading.focus();
    };
    // On a phone never before somebody has read for a while: there it would cover what they came for.
    const early = () => narrow() && Date.now() - began < 15000;
    const scrolled = () => {
      const whole = document.documentElement.scrollHeight - innerHeight;
      if (whole > 0 && scrollY / whole >= offer.scroll && !early()) open();
    };
    const left = (event) => { if (!event.relatedTarget && event.clientY <= 0) open(); };
    timer = setTimeout(open, Math.max(offer.after, narrow() ? 15 : 0) * 1000);
    addEventListener('scroll', scrolled, { passive: true });
    if (offer.leaving) document.addEventListener('mouseout', left);
  };

  const begin = async () => {
    const places = document.querySelectorAll('[data-griot-form]');
    const pops = 'popup' in set && remembered() < Date.now();
    if (!places.length && !pops) return;
    const query = set.newsletter ? '?newsletter=' + encodeURIComponent(set.newsletter) : '';
    const answer = await fetch(base + '/embed.json' + query, { credentials: 'omit' });
    if (!answer.ok) return;
    const offer = await answer.json();
    for (const [name, key] of [['after', 'after'], ['scroll', 'scroll'], ['remember', 'remember']]) {
      if (set[name]) offer[key] = name === 'scroll' ? set[name] / 100 : +set[name];
    }
    for (const place of places) {
      const { host, root } = card('div', offer);
      fillIn(root, offer, null);
      place.append(host);
    }
    if (pops) popUp(offer);
  };
  // Where we are out of reach the page is as it would be without us.
  const start = () => begin().catch(() => {});
  if (document.readyState === 'loading') addEventListener('DOMContentLoaded', start); else start();
})();
