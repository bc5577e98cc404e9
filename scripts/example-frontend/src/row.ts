// One task in the list. It shows at once what its user wants, and what the service says as soon as it does.

import type { Task } from "task-api-client";
import { changed, decided, pending, STATUS } from "./conflict.js";
import type { Pending } from "./conflict.js";
import { later } from "./connection.js";
import { dueText, isOverdue } from "./dates.js";
import { edit } from "./editor.js";
import { announce, ask, find } from "./page.js";
import { run } from "./session.js";
import type { Tasks } from "./tasks.js";

const template = find("#task", HTMLTemplateElement);
const removal = find("#removal", HTMLDialogElement);

let pressed: HTMLButtonElement | undefined; // the last "Edit"

export class Row {
  readonly element = find("li", HTMLLIElement, document.importNode(template.content, true));
  readonly #tasks: Tasks;
  readonly #removed: () => void;
  readonly #box = find("input", HTMLInputElement, this.element);
  readonly #discard = find(".note button", HTMLButtonElement, this.element);
  #task: Task;
  #underway: object | undefined; // the change that is sent or waits, until it is done or dropped
  #wish = false;

  constructor(tasks: Tasks, task: Task, removed: () => void) {
    this.#tasks = tasks;
    this.#task = task;
    this.#removed = removed;
    this.#box.addEventListener("change", () => run(() => this.#toggle()));
    this.#button("edit").addEventListener("click", () => run(() => this.#edit()));
    this.#button("delete").addEventListener("click", () => run(() => this.#delete()));
    this.#render(task);
  }

  /** Shows the task as the service has it, unless a change of it is on its way. */
  show(task: Task): void {
    if (this.#underway) return;
    this.#task = task;
    this.#render(task);
    this.#note("");
  }

  focus(): void {
    this.#box.focus();
  }

  async #toggle(): Promise<void> {
    const change = { completed: (this.#wish = this.#box.checked) };
    this.#render(changed(this.#task, change));
    if (this.#underway) return; // the last wish is sent after what is on its way
    await this.#do(pending(this.#task, change, (seen) => this.#tasks.complete(seen, change.completed)), (task) => {
      const wish = this.#wish;
      this.show(task);
      announce(`${task.completed ? "Completed" : "To do again"}: ${task.title}`);
      if (wish === task.completed) return;
      this.#box.checked = wish;
      run(() => this.#toggle());
    });
  }

  async #delete(): Promise<void> {
    find(".quoted", HTMLElement, removal).textContent = this.#task.title;
    if (this.#underway || (await ask(removal)) !== "delete") return;
    await this.#do(pending(this.#task, "delete", (seen) => this.#tasks.remove(seen)), () => this.#remove("Deleted"));
  }

  // What is edited is read anew: so nobody writes on top of what is no longer there.
  async #edit(): Promise<void> {
    if (this.#underway) return;
    const button = (pressed = this.#button("edit"));
    button.setAttribute("aria-busy", "true");
    const read = await this.#tasks.get(this.#task.id).finally(() => button.removeAttribute("aria-busy"));
    if (pressed !== button || !button.isConnected) return; // another was pressed, or the list is another
    if (read.kind === "gone") return this.#remove("Somebody has deleted");
    if (read.kind !== "done") return this.#note("detail" in read ? read.detail : "");
    this.show(read.result);
    edit(this.#tasks, read.result, (outcome) => {
      if (outcome.kind === "done") {
        this.show(outcome.result);
        announce(`Saved: ${outcome.result.title}`);
      } else if (outcome.kind === "gone") this.#remove("Somebody has deleted");
      else if ("theirs" in outcome) this.show(outcome.theirs);
    });
  }

  async #do<T>(action: Pending<T>, done: (result: T) => void): Promise<void> {
    this.#keep(action);
    this.element.setAttribute("aria-busy", "true");
    const outcome = await decided(action);
    const isDropped = this.#underway !== action; // while it was tried again
    if (!isDropped) this.element.setAttribute("aria-busy", "false");
    if (isDropped && (outcome.kind === "failed" || outcome.kind === "refused")) return;
    if (outcome.kind === "failed") {
      const cancel = later(() => run(() => this.#do(action, done)));
      this.#note(action.change === "delete" ? "Not deleted yet." : "Not saved yet.");
      this.#discard.textContent = action.change === "delete" ? "Keep the task" : "Discard";
      this.#discard.onclick = () => {
        cancel();
        this.element.setAttribute("aria-busy", "false");
        this.#keep(undefined);
        this.show(this.#task);
        this.focus();
      };
      return;
    }
    if (!isDropped) this.#keep(undefined);
    if (outcome.kind === "done") return done(outcome.result);
    if (outcome.kind === "gone") return this.#remove("Somebody has deleted");
    this.show("theirs" in outcome ? outcome.theirs : this.#task);
    if (outcome.kind === "refused") this.#note(outcome.detail);
  }

  // Disabled for ARIA only: so the focus stays where it is.
  #keep(underway: object | undefined): void {
    this.#underway = underway;
    for (const name of ["edit", "delete"]) this.#button(name).setAttribute("aria-disabled", String(!!underway));
  }

  #remove(what: string): void {
    announce(`${what}: ${this.#task.title}`);
    this.#removed();
  }

  #render(task: Task): void {
    const { id, title, description, status, completed, priority, due_date: due } = task;
    this.#text(".title", title).id = `task-${id}`;
    this.#box.checked = completed;
    this.#box.setAttribute("aria-labelledby", `task-${id}`);
    this.#button("edit").setAttribute("aria-label", `Edit ${title}`);
    this.#button("delete").setAttribute("aria-label", `Delete ${title}`);
    this.#text(".description", description ?? "");
    this.#text(".state", status === "pending" ? "" : STATUS[status]);
    this.#text(".priority", priority ? `Priority ${priority}` : "");
    const isLate = due !== null && (status === "pending" || status === "in_progress") && isOverdue(due);
    const shown = this.#text(".due", due === null ? "" : `${isLate ? "Overdue" : "Due"} ${dueText(due)}`);
    shown.setAttribute("datetime", due ?? "");
    this.element.dataset["status"] = status;
    this.element.classList.toggle("late", isLate);
  }

  // What is still on its way can be dropped.
  #note(text: string): void {
    find(".note", HTMLElement, this.element).hidden = text === "";
    this.#text(".note span", text);
    this.#discard.hidden = !this.#underway;
  }

  #text(selector: string, text: string): HTMLElement {
    const element = find(selector, HTMLElement, this.element);
    element.textContent = text;
    element.hidden = text === "";
    return element;
  }

  #button(name: string): HTMLButtonElement {
    return find(`.${name}`, HTMLButtonElement, this.element);
  }
}
