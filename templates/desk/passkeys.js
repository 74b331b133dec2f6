// Passkeys: a form that begins with what the desk wants signed, and is sent with what the authenticator says to it.
(() => {
	const can = window.PublicKeyCredential?.parseCreationOptionsFromJSON && PublicKeyCredential.parseRequestOptionsFromJSON;
	if (!can) return;
	for (const form of document.querySelectorAll("form[data-passkey]")) {
		const problem = form.querySelector("[role=alert]");
		const say = (text) => {
			problem.textContent = text;
			problem.hidden = !text;
		};
		const answer = async () => {
			const begun = await fetch(form.dataset.begin, { method: "POST", body: new URLSearchParams(new FormData(form)) });
			if (!begun.ok) {
				const text = begun.headers.get("content-type")?.startsWith("text/plain") ? await begun.text() : "";
				throw new Error(text || "The desk did not answer. Reload the page, and try again.");
			}
			const { ticket, options } = await begun.json();
			const credential = form.dataset.passkey === "new"
				? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
				: await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
			form.elements.ticket.value = ticket;
			form.elements.answer.value = JSON.stringify(credential);
		};
		form.addEventListener("submit", async (event) => {
			event.preventDefault();
			say("");
			const button = form.querySelector("button");
			button.disabled = true;
			try {
				await answer();
				// It has done its part.
				if (form.elements.present) form.elements.present.disabled = true;
				// Past this listener.
				form.submit();
			} catch (error) {
				const texts = {
					NotAllowedError: "It was cancelled, or took too long. Try it again.",
					InvalidStateError: "This device has a passkey for the desk already.",
				};
				say(texts[error.name] ?? error.message);
				button.disabled = false;
			}
		});
		form.hidden = false;
	}
	for (const note of document.querySelectorAll("[data-without-passkeys]")) note.hidden = true;
})();
