// Forms whose fields are named as the contract names them, so that what is wrong can be said beside the field.

import type { FieldError } from "task-api-client";
import { find } from "./page.js";
import type { Outcome } from "./tasks.js";

const KINDS: Record<string, string> = {
  date: "Complete this or empty it",
  time: "Complete this or empty it",
  number: "This is no number",
  email: "This is no e-mail address",
};

type Field = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

export function field(form: HTMLFormElement, name: string): Field {
  const found = fieldOf(form, name);
  if (found) return found;
  throw new Error(`there is no field ${name}`);
}

export function value(form: HTMLFormElement, name: string): string {
  return field(form, name).value;
}

/** Says what is wrong, each beside its field (`body.title`, `query.search`), and the rest for the whole form. */
export function complain(form: HTMLFormElement, errors: FieldError[], detail = ""): void {
  for (const told of form.querySelectorAll(".error")) told.textContent = "";
  for (const wrong of form.querySelectorAll("[aria-invalid]")) wrong.removeAttribute("aria-invalid");
  const rest = detail ? [detail] : [];
  for (const { field: place, message } of errors) {
    const wrong = fieldOf(form, place.replace(/^\w+\./, ""));
    const told = wrong?.closest(".field")?.querySelector(".error");
    if (wrong && told) {
      wrong.setAttribute("aria-invalid", "true");
      told.textContent = `${told.textContent} ${sentence(message)}`.trim();
    } else {
      rest.push(sentence(message));
    }
  }
  find(".form-error", HTMLElement, form).textContent = rest.join(" ");
  form.querySelector<HTMLElement>("[aria-invalid]")?.focus();
}

/** Says what keeps a form's request from being done; nothing for what was done. */
export function complainOf<T>(form: HTMLFormElement, outcome: Outcome<T>, failed = "Not saved yet."): void {
  if (outcome.kind === "refused") complain(form, outcome.errors, outcome.errors.length ? "" : outcome.detail);
  else complain(form, [], outcome.kind === "failed" ? `${failed} ${outcome.detail}` : "");
}

/** What the browser knows to be wrong. A half-typed date or number has no value: sent, it would be taken for none. */
export function faults(form: HTMLFormElement): FieldError[] {
  const wrong = [...form.querySelectorAll<Field>("input, select, textarea")].filter((field) => field.willValidate && !field.validity.valid);
  return wrong.map(({ name, type, validity }) => {
    const message = validity.badInput || validity.typeMismatch ? KINDS[type] : "Fill this in";
    return { field: `body.${name}`, message: message ?? "This cannot be taken", type: "rule" };
  });
}

/** As long as a form says the same, submitting it again is the same action, and goes under one key. */
export class Submission<T> {
  #said = "";
  #action: T | undefined;

  of(said: string, action: () => T): T {
    if (this.#action === undefined || this.#said !== said) this.#action = action();
    this.#said = said;
    return this.#action;
  }

  /** It is done: the same words are a new action. */
  end(): void {
    this.#action = undefined;
  }
}

function fieldOf(form: HTMLFormElement, name: string): Field | undefined {
  const found = form.elements.namedItem(name);
  const kinds = [HTMLInputElement, HTMLSelectElement, HTMLTextAreaElement] as const;
  return kinds.some((kind) => found instanceof kind) ? (found as Field) : undefined; // one of the three
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? "" : ".");
}
