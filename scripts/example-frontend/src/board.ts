// The list: filters that the address keeps, pages, and tasks that are added.

import type { Task } from "task-api-client";
import { later, restart } from "./connection.js";
import { timeZone } from "./dates.js";
import { complain, complainOf, field, Submission, value } from "./forms.js";
import { announce, find } from "./page.js";
import { Row } from "./row.js";
import { run } from "./session.js";
import type { Query, Tasks, Write } from "./tasks.js";

const STATUSES = ["pending", "in_progress", "completed", "cancelled"] as const;
const DUES = ["none", "overdue", "today", "upcoming"] as const;
const SORTS = ["updated", "due_date", "priority", "title"] as const;
const FILTERS = ["search", "status", "due", "sort"];
const PAGE = 20;
const PAUSE = 250; // ms without a keystroke, after which a search is asked for

const list = find("#tasks", HTMLUListElement);
const filters = find("#filters", HTMLFormElement);
const more = find("#more", HTMLButtonElement);
const newTask = find("#new-task", HTMLFormElement);

export class Board {
  readonly #tasks: Tasks;
  readonly #submission = new Submission<Write<Task>>();
  readonly #listening = new AbortController();
  #rows = new Map<number, Row>();
  #asked = new AbortController();
  #cursor: string | null = null;
  #total = 0;
  #isAdding = false;
  #retry: (() => void) | undefined;

  constructor(tasks: Tasks) {
    this.#tasks = tasks;
    const { signal } = this.#listening;
    let pause: number | undefined;
    let wasTyping = false;
    const filtered = (isTyping: boolean) => {
      window.clearTimeout(pause);
      pause = window.setTimeout(
        () => {
          remember(isTyping && wasTyping);
          wasTyping = isTyping;
          this.load();
        },
        isTyping ? PAUSE : 0,
      );
    };
    filters.addEventListener("input", (event) => filtered(event.target === field(filters, "search")), { signal });
    filters.addEventListener("submit", (event) => (event.preventDefault(), filtered(false)), { signal });
    window.addEventListener("popstate", () => ((wasTyping = false), recall(), this.load()), { signal });
    find("#clear", HTMLButtonElement).addEventListener("click", () => this.#clear(), { signal });
    more.addEventListener("click", () => run(() => this.#more()), { signal });
    newTask.addEventListener("submit", (event) => (event.preventDefault(), run(() => this.#add())), { signal });
    restart(() => run(() => this.#load()));
    recall();
  }

  /** Shows the first page of what the filters ask for; what was asked for before is no longer waited for. */
  load(): void {
    run(() => this.#load(""));
  }

  /** Forgets everything: somebody else may sign in. */
  close(): void {
    this.#listening.abort();
    this.#asked.abort();
    restart();
    list.replaceChildren();
    newTask.reset();
  }

  // What was told last stays, unless there is something to say.
  async #load(said?: string): Promise<void> {
    this.#asked.abort();
    this.#asked = new AbortController();
    list.setAttribute("aria-busy", "true");
    const outcome = await this.#tasks.list({ ...query(), include_total: true }, this.#asked.signal);
    list.setAttribute("aria-busy", "false");
    complainOf(filters, outcome, "The list could not be read.");
    if (outcome.kind !== "done") return;
    const { items, next_cursor, total = items.length } = outcome.result;
    const focused = document.activeElement;
    const known = this.#rows;
    this.#rows = new Map();
    list.replaceChildren();
    this.#append(items, known);
    if (focused instanceof HTMLElement && list.contains(focused)) focused.focus();
    this.#total = total;
    this.#cursor = next_cursor;
    this.#summarize(said);
  }

  async #more(): Promise<void> {
    if (this.#cursor === null) return;
    const outcome = await this.#tasks.list({ ...query(), cursor: this.#cursor }, this.#asked.signal);
    complainOf(filters, outcome, "The list could not be read.");
    if (outcome.kind !== "done") return;
    const { items, next_cursor } = outcome.result;
    this.#append(items, this.#rows);
    this.#cursor = next_cursor;
    this.#summarize(`${items.length} more`);
    this.#rows.get(items[0]?.id ?? 0)?.focus();
  }

  async #add(): Promise<void> {
    if (this.#isAdding) return announce("The task before is still being added.");
    this.#retry?.();
    const title = value(newTask, "title");
    this.#isAdding = true;
    newTask.setAttribute("aria-busy", "true");
    announce(title && `Adding: ${title}`);
    const outcome = await this.#submission.of(title, () => this.#tasks.create(title))();
    this.#isAdding = false;
    newTask.removeAttribute("aria-busy");
    announce("");
    complainOf(newTask, outcome);
    if (outcome.kind === "failed") {
      // What was typed anew meanwhile is not sent unasked.
      this.#retry = later(async () => (value(newTask, "title") === title ? run(() => this.#add()) : complain(newTask, [])));
    }
    if (outcome.kind !== "done") return;
    this.#submission.end();
    if (value(newTask, "title") === title) newTask.reset();
    await this.#load(`Added: ${outcome.result.title}`);
    if (!this.#rows.has(outcome.result.id)) announce(`Added, but not in this list: ${outcome.result.title}`);
  }

  #append(items: Task[], known: Map<number, Row>): void {
    for (const task of items) {
      const row = known.get(task.id) ?? new Row(this.#tasks, task, () => this.#remove(task.id));
      row.show(task);
      this.#rows.set(task.id, row);
      list.append(row.element);
    }
  }

  #remove(id: number): void {
    const row = this.#rows.get(id);
    const neighbour = row?.element.nextElementSibling ?? row?.element.previousElementSibling;
    const hadFocus = row?.element.contains(document.activeElement) || document.activeElement === document.body;
    row?.element.remove();
    this.#rows.delete(id);
    this.#total -= 1;
    this.#summarize();
    if (hadFocus) (neighbour?.querySelector("input") ?? field(newTask, "title")).focus();
  }

  #clear(): void {
    filters.reset();
    remember();
    this.load();
    field(filters, "search").focus();
  }

  #summarize(said?: string): void {
    const shown = this.#rows.size;
    find("#count", HTMLElement).textContent = shown === this.#total ? plural(shown) : `${shown} of ${plural(this.#total)}`;
    if (said !== undefined) announce(said);
    more.hidden = this.#cursor === null;
    const isFiltered = FILTERS.some((name) => name !== "sort" && value(filters, name) !== "");
    find("#empty", HTMLElement).hidden = shown > 0;
    find("#empty span", HTMLElement).textContent = isFiltered ? "No task is like that." : "Nothing to do yet. Add a first task above.";
    find("#clear", HTMLButtonElement).hidden = !isFiltered;
  }
}

function plural(count: number): string {
  return count === 1 ? "1 task" : `${count} tasks`;
}

function query(): Query {
  const chosen = <T extends string>(name: string, values: readonly T[]) => values.find((known) => known === value(filters, name));
  const [search, status, due, sort] = [value(filters, "search"), chosen("status", STATUSES), chosen("due", DUES), chosen("sort", SORTS)];
  return {
    limit: PAGE,
    ...(search && { search }),
    ...(status && { status }),
    ...(due && { due, tz: timeZone }), // days begin and end where the user is
    ...(sort && { sort }),
  };
}

// The address keeps the filters: a reload, a bookmark and the back button lead to the same list. A search that goes on
// is the same step back.
function remember(isSameStep = false): void {
  const chosen = FILTERS.map((name) => [name, value(filters, name)]).filter(([, text]) => text);
  const address = chosen.length ? `?${new URLSearchParams(chosen)}` : "";
  if (address === location.search) return;
  if (isSameStep) history.replaceState(null, "", address || location.pathname);
  else history.pushState(null, "", address || location.pathname);
}

function recall(): void {
  const address = new URLSearchParams(location.search);
  complain(filters, []);
  filters.reset();
  for (const name of FILTERS) {
    const shown = field(filters, name);
    shown.value = address.get(name) ?? "";
    if (shown instanceof HTMLSelectElement && shown.selectedIndex < 0) shown.value = ""; // no such choice
  }
}
