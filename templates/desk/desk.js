// What the desk's pages do beyond forms and links: dragging, saving by itself, the preview that follows, live numbers.
(() => {
	const edition = document.getElementById("edition");
	if (!edition) return;
	const frame = document.querySelector('iframe[name="brief"]');
	let version = document.getElementById("work").dataset.version;

	// htmx knows which button of a form was pressed only where the button stands inside it.
	document.addEventListener("htmx:configRequest", (event) => {
		const button = event.detail.triggeringEvent?.submitter;
		if (button?.name) event.detail.parameters[button.name] = button.value;
	});

	// What is being written, and what is folded out, stays when the page around it is set anew.
	const fields = () => edition.querySelectorAll("#work :is(input[id], textarea[id])");
	const folded = () => edition.querySelectorAll("#work details");
	const name = (details) => `${details.closest("[id]").id} ${details.className}`;
	let sent = new Map();
	let kept = [];
	let opened = new Set();
	document.addEventListener("htmx:beforeRequest", (event) => {
		const of = event.detail.elt;
		sent = new Map(of.elements ? [...of.elements].filter((field) => field.id).map((field) => [field.id, field.value]) : []);
	});
	document.addEventListener("htmx:beforeSwap", (event) => {
		if (event.detail.target.id !== "work") return;
		const isUnsaved = (field) => field.value !== (sent.get(field.id) ?? field.defaultValue);
		kept = [...fields()].filter(isUnsaved).map((field) => {
			const isHere = field === document.activeElement;
			return { id: field.id, value: field.value, range: isHere && field.type !== "email" ? [field.selectionStart, field.selectionEnd] : null };
		});
		opened = new Set([...folded()].filter((details) => details.open).map(name));
	});
	document.addEventListener("htmx:afterSwap", () => {
		for (const details of folded()) if (opened.has(name(details))) details.open = true;
		for (const { id, value, range } of kept) {
			const field = document.getElementById(id);
			if (!field) continue;
			field.value = value;
			if (range) field.setSelectionRange(...range);
		}
		document.getElementById("problem")?.scrollIntoView({ block: "center" });
	});
	document.addEventListener("htmx:afterSettle", () => {
		// What was left while something else was being saved is saved now.
		const form = document.querySelector("#work form[data-autosave]");
		const isLeft = ({ id }) => form?.elements[id] && id !== document.activeElement?.id;
		if (kept.some(isLeft)) form.requestSubmit();
		kept = [];
	});

	// A story is dragged by its number; where it is let go, a button is pressed that says so.
	let moving = null;
	const storyOf = (target) => target.closest?.("#brief-list > .story");
	const isBelow = (event, story) => {
		const box = story.getBoundingClientRect();
		return event.clientY > box.top + box.height / 2;
	};
	const unmark = () => {
		for (const story of edition.querySelectorAll(".over, .below")) story.classList.remove("over", "below");
	};
	const arm = () => {
		for (const story of edition.querySelectorAll("#brief-list > .story")) story.draggable = true;
	};
	edition.addEventListener("dragstart", (event) => {
		moving = storyOf(event.target);
		if (!moving || event.target !== moving) return;
		moving.classList.add("moving");
		event.dataTransfer.effectAllowed = "move";
		event.dataTransfer.setData("text/plain", moving.dataset.story);
	});
	edition.addEventListener("dragover", (event) => {
		const over = moving && storyOf(event.target);
		if (!over) return;
		event.preventDefault();
		unmark();
		over.classList.add(isBelow(event, over) ? "below" : "over");
	});
	edition.addEventListener("drop", (event) => {
		const over = moving && storyOf(event.target);
		if (!over) return;
		event.preventDefault();
		const stories = [...edition.querySelectorAll("#brief-list > .story")];
		const from = stories.indexOf(moving);
		let to = stories.indexOf(over) + (isBelow(event, over) ? 1 : 0);
		if (to > from) to -= 1;
		if (to !== from) press(`move:${moving.dataset.story}:${to + 1}`);
	});
	edition.addEventListener("dragend", () => {
		moving?.classList.remove("moving");
		moving = null;
		unmark();
	});
	function press(what) {
		const button = document.getElementById("dropped");
		button.value = what;
		button.form.requestSubmit(button);
	}

	// Alt and an arrow moves the story that has the focus.
	edition.addEventListener("keydown", (event) => {
		const story = event.altKey && storyOf(event.target);
		const direction = { ArrowUp: "up", ArrowDown: "down" }[event.key];
		if (!story || !direction) return;
		event.preventDefault();
		document.getElementById(`${direction}-${story.dataset.story}`)?.click();
	});

	// What is written is saved once it is left.
	edition.addEventListener("change", (event) => {
		const form = event.target.closest("form[data-autosave]");
		if (form) form.requestSubmit();
	});

	// The preview is always true: it follows every change, and keeps its place.
	function follow() {
		const work = document.getElementById("work");
		arm();
		if (!work || work.dataset.version === version) return;
		version = work.dataset.version;
		const down = frame.contentWindow?.scrollY ?? 0;
		frame.addEventListener("load", () => frame.contentWindow.scrollTo(0, down), { once: true });
		frame.contentWindow.location.reload();
	}
	document.addEventListener("htmx:afterSettle", follow);
	arm();

	// One of the story's own pictures is taken by a click; without scripts its address can be copied.
	edition.addEventListener("click", (event) => {
		const picture = event.target.closest?.("a[data-picture]");
		const field = picture && document.getElementById(picture.dataset.picture);
		if (!field) return;
		event.preventDefault();
		field.value = picture.href;
		field.focus();
	});

	// How it is looked at.
	const preview = edition.querySelector(".preview");
	const views = preview.querySelectorAll(".views a");
	for (const view of views) {
		view.addEventListener("click", () => {
			for (const other of views) other.removeAttribute("aria-current");
			view.setAttribute("aria-current", "true");
			preview.classList.toggle("w375", view.dataset.width === "375");
		});
	}

	// The numbers of an edition that is being sent.
	if (edition.dataset.live) {
		const source = new EventSource(edition.dataset.live);
		source.addEventListener("progress", (event) => {
			const progress = document.getElementById("progress");
			if (progress) progress.innerHTML = event.data;
		});
		source.addEventListener("over", () => {
			source.close();
			location.reload();
		});
	}
})();
