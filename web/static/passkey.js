// Passkeys (WebAuthn): what the browser asks of a device, between a challenge and the
// form that carries the answer. What the server refuses, it says on the page to which
// the form leads.
"use strict";
document.querySelectorAll("form[data-passkey]").forEach(form => {
  if (!window.PublicKeyCredential) {
    form.nextElementSibling.hidden = false;
    return;
  }
  const said = form.querySelector("[role=status]");
  let busy = false;
  form.hidden = false;
  form.addEventListener("submit", async event => {
    event.preventDefault();
    if (busy) return;
    busy = true;
    said.textContent = "";
    try {
      const challenge = await fetch(form.dataset.challenge, { method: "POST" });
      if (challenge.ok && !challenge.redirected) {
        const { ticket, options } = await challenge.json();
        form.elements.defi.value = ticket;
        form.elements.reponse.value = JSON.stringify(written(await navigator.credentials[form.dataset.passkey]({ publicKey: read(options) })));
      }
      form.submit();
    } catch (error) {
      said.textContent = error.name === "InvalidStateError" ? said.dataset.same : said.dataset.failed;
    }
    busy = false;
  });

  // By hand, since what browsers have for it (parseCreationOptionsFromJSON, toJSON) is
  // missing in those of three years ago and in keys that extensions hand out.
  const bytes = text => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), c => c.charCodeAt(0));
  const text = buffer => btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

  function read(options) {
    options.challenge = bytes(options.challenge);
    if (options.user) options.user.id = bytes(options.user.id);
    for (const known of options.excludeCredentials || []) known.id = bytes(known.id);
    return options;
  }

  function written({ id, rawId, type, response }) {
    const parts = {};
    for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (response[name]) parts[name] = text(response[name]);
    }
    return { id, rawId: text(rawId), type, response: parts };
  }
});
