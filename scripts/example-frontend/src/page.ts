// What index.html holds. All text is set as text: titles are written by anybody.

/** The element that a selector finds; one that is not there, or of another kind, is a mistake of ours. */
export function find<T extends Element>(selector: string, kind: new () => T, within: ParentNode = document): T {
  const found = within.querySelector(selector);
  if (found instanceof kind) return found;
  throw new Error(`there is no ${kind.name} ${selector}`);
}

/** Tells what has happened, also to those who do not see it. */
export function announce(text: string): void {
  find("#status", HTMLElement).textContent = text;
}

const answers = new WeakMap<HTMLDialogElement, (value: string) => void>();

/** Lets a dialog ask, and gives the value of the button that was pressed; "" for Escape. */
export function ask(dialog: HTMLDialogElement): Promise<string> {
  answers.get(dialog)?.(dialog.returnValue); // "close" comes after the end: perhaps not before it is asked again
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    answers.set(dialog, resolve);
    dialog.onclose = () => {
      if (!dialog.open) resolve(dialog.returnValue);
    };
  });
}
