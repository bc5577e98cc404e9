// The dialog in which a task is edited. Only what was changed is sent.

import type { Task, TaskUpdate } from "task-api-client";
import { decided, pending } from "./conflict.js";
import type { Pending } from "./conflict.js";
import { later } from "./connection.js";
import { fromFields, toFields } from "./dates.js";
import { complain, complainOf, faults, field, Submission, value } from "./forms.js";
import { announce, find } from "./page.js";
import { run } from "./session.js";
import type { Outcome, Tasks } from "./tasks.js";

/** What became of the task, or of the one that somebody else has changed. */
type Saved = (outcome: Outcome<Task> | { kind: "theirs"; theirs: Task }) => void;
type Edited = Required<Pick<TaskUpdate, "title" | "description" | "status" | "priority" | "due_date">>;

const dialog = find("#editor", HTMLDialogElement);
const form = find("form", HTMLFormElement, dialog);
let edited: { tasks: Tasks; task: Task; before: Edited; saved: Saved; submission: Submission<Pending<Task>> } | undefined;
let isSaving = false;

form.addEventListener("input", bound);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  run(save);
});
find(".cancel", HTMLButtonElement, form).addEventListener("click", () => dialog.close());

export function edit(tasks: Tasks, task: Task, saved: Saved): void {
  const { date, time } = toFields(task.due_date);
  const { title, description, status, priority } = task;
  const shown = { title, description: description ?? "", status, priority: String(priority), due_date: date, due_time: time };
  for (const [name, text] of Object.entries(shown)) field(form, name).value = text;
  bound();
  complain(form, []);
  // What the fields make of the task, and not the task: a line of text has no line breaks, and a time no seconds.
  edited = { tasks, task, before: read(task), saved, submission: new Submission() };
  isSaving = false;
  dialog.showModal();
}

async function save(): Promise<void> {
  if (!edited || isSaving) return;
  const current = edited;
  const wrong = faults(form);
  if (wrong.length) return complain(form, wrong);
  const { tasks, task, saved, submission } = current;
  const change = changeOf(current);
  if (!Object.keys(change).length) return dialog.close();
  const action = submission.of(JSON.stringify(change), () => pending(task, change, (seen) => tasks.update(seen, change)));
  isSaving = true;
  form.setAttribute("aria-busy", "true");
  const outcome = await decided(action);
  form.removeAttribute("aria-busy");
  saved(outcome);
  if (edited !== current || !dialog.open) return announce(outcome.kind === "failed" ? `Not saved: ${task.title}` : "");
  isSaving = false;
  if (outcome.kind === "failed") later(async () => again(current, change));
  if (outcome.kind === "done" || outcome.kind === "theirs" || outcome.kind === "gone") dialog.close();
  else complainOf(form, outcome);
}

// Only what is still on the screen as it was sent is sent again.
function again(waiting: typeof edited, sent: TaskUpdate): void {
  if (edited !== waiting || !dialog.open || isSaving || !waiting) return;
  if (faults(form).length === 0 && JSON.stringify(changeOf(waiting)) === JSON.stringify(sent)) void run(save);
  else complain(form, []);
}

function changeOf({ task, before }: NonNullable<typeof edited>): TaskUpdate {
  const after = Object.entries(read(task));
  return Object.fromEntries(after.filter(([name, text]) => text !== before[name as keyof Edited])); // the names are Edited's
}

function read(task: Task): Edited {
  return {
    title: value(form, "title"),
    description: value(form, "description") || null,
    status: statusOf(value(form, "status"), task),
    priority: Number(value(form, "priority")),
    due_date: fromFields({ date: value(form, "due_date"), time: value(form, "due_time") }),
  };
}

function statusOf(text: string, task: Task): Task["status"] {
  const known = ["pending", "in_progress", "completed", "cancelled"] as const;
  return known.find((status) => status === text) ?? task.status;
}

// Without a day there is no time of day.
function bound(): void {
  const date = field(form, "due_date");
  field(form, "due_time").disabled = date.value === "" && !date.validity.badInput;
}
