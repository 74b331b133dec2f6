// Does the work a form asks for while it is filled in. Where it cannot, the reader is asked to wait instead.
(() => {
  'use strict';
  const form = document.querySelector('form[data-challenge]');
  if (!form || !window.crypto || !crypto.subtle) return;
  const { challenge, most } = form.dataset;
  const ticket = form.elements.namedItem('ticket').value;
  const work = async () => {
    const encoder = new TextEncoder();
    for (let number = 0; number < +most; number += 1) {
      const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', encoder.encode(ticket + number)));
      if (Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('') === challenge) return number;
    }
    return null;
  };
  const done = work();
  let button = null;
  form.addEventListener('submit', async (event) => {
    if (form.elements.namedItem('work')) return;
    event.preventDefault();
    button = event.submitter;
    const field = document.createElement('input');
    field.type = 'hidden';
    field.name = 'work';
    field.value = await done;
    form.append(field);
    form.requestSubmit(button);
  });
})();
