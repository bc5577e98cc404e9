// Two people changed one task: what each of them did, and the way out. Nothing is overwritten unseen.

import type { Task, TaskUpdate } from "task-api-client";
import { dueText } from "./dates.js";
import { ask, find } from "./page.js";
import type { Outcome, Write } from "./tasks.js";

export type Change = TaskUpdate | "delete";

/** A change of the task as it was seen, on its way. */
export type Pending<T> = { seen: Task; change: Change; write: Write<T>; make: (seen: Task) => Write<T> };

export const STATUS = { pending: "To do", in_progress: "In progress", completed: "Completed", cancelled: "Cancelled" };

const FIELDS = {
  title: { label: "Title", text: (task: Task) => task.title },
  description: { label: "Description", text: (task: Task) => task.description ?? "none" },
  status: { label: "Status", text: (task: Task) => STATUS[task.status] },
  priority: { label: "Priority", text: (task: Task) => String(task.priority) },
  due_date: { label: "Due", text: (task: Task) => (task.due_date === null ? "no date" : dueText(task.due_date)) },
};

const dialog = find("#conflict", HTMLDialogElement);

export function pending<T>(seen: Task, change: Change, make: (seen: Task) => Write<T>): Pending<T> {
  return { seen, change, make, write: make(seen) };
}

/** What the task will be when the change is done. */
export function changed(task: Task, change: TaskUpdate): Task {
  const status = change.completed === undefined ? task.status : change.completed ? "completed" : "pending";
  const { metadata: _, ...fields } = { ...change, status: change.status ?? status };
  return { ...task, ...fields, completed: fields.status === "completed" };
}

/** Sends it. After a conflict `mine` is sent on top of theirs, as a new action; `theirs` ends it. */
export async function decided<T>(action: Pending<T>): Promise<Outcome<T> | { kind: "theirs"; theirs: Task }> {
  for (;;) {
    const outcome = await action.write();
    if (outcome.kind !== "conflict") return outcome;
    const { theirs } = outcome;
    const choice = await decision(action.seen, action.change, theirs);
    if (choice === "theirs") return { kind: "theirs", theirs };
    if (choice !== "mine") return outcome;
    action.seen = theirs;
    action.write = action.make(theirs);
  }
}

function decision(seen: Task, change: Change, theirs: Task): Promise<string> {
  const mine = change === "delete" ? seen : changed(seen, change);
  const rows = Object.values(FIELDS)
    .map(({ label, text }) => ({ label, before: text(seen), theirs: text(theirs), mine: text(mine) }))
    .filter(({ before, theirs, mine }) => before !== theirs || before !== mine);
  find("tbody", HTMLElement, dialog).replaceChildren(
    ...rows.map(({ label, before, theirs, mine }) =>
      row(label, before, theirs === before ? "unchanged" : theirs, mine === before ? "unchanged" : mine),
    ),
  );
  find("table", HTMLElement, dialog).hidden = rows.length === 0;
  const [theirWay, myWay]: [string, string] =
    change === "delete"
      ? ["the task stays, as it is now.", "it is deleted all the same."]
      : ["your changes are dropped.", "they are written over theirs; what you left as it was stays theirs."];
  find(".theirs", HTMLElement, dialog).textContent = theirWay;
  find(".mine", HTMLElement, dialog).textContent = myWay;
  return ask(dialog);
}

function row(label: string, ...texts: string[]): HTMLTableRowElement {
  const row = document.createElement("tr");
  const head = Object.assign(document.createElement("th"), { scope: "row", textContent: label });
  const headings = ["Before", "Theirs", "Yours"];
  const cells = texts.map((text, index) => {
    const cell = Object.assign(document.createElement("td"), { dir: "auto", textContent: text });
    cell.dataset["heading"] = headings[index] ?? ""; // shown where the table is too narrow for columns
    cell.classList.toggle("unchanged", text === "unchanged");
    return cell;
  });
  row.append(head, ...cells);
  return row;
}
