// Who is signed in sees their tasks, who is not signs in or up.

import { Board } from "./board.js";
import { notice } from "./connection.js";
import { complain, faults, field, value } from "./forms.js";
import { announce, find } from "./page.js";
import { currentUser, IMPOSSIBLE, OtherUser, run, signIn, signOut, whenEnded } from "./session.js";
import type { User } from "./session.js";
import { Tasks } from "./tasks.js";

const form = find("#sign-in", HTMLFormElement);
const submit = find(".main", HTMLButtonElement, form);
const other = find("#other-way", HTMLButtonElement);
let isNew = false;
let shown: User | undefined;
let board: Board | undefined;

function showTasks(user: User): void {
  show(user);
  board = new Board(new Tasks(user, notice));
  board.load();
  field(find("#new-task", HTMLFormElement), "title").focus();
}

function leave(): void {
  board?.close();
  board = undefined;
  for (const dialog of document.querySelectorAll("dialog")) dialog.close();
}

function showSignIn(detail = ""): void {
  leave();
  show(undefined);
  form.reset();
  complain(form, [], detail);
  field(form, "email").focus();
}

function show(user: User | undefined): void {
  shown = user;
  find("#signed-in", HTMLElement).hidden = !user;
  find("#signed-out", HTMLElement).hidden = user !== undefined;
  find("#user", HTMLElement).hidden = !user;
  find("#user-name", HTMLElement).textContent = user?.name ?? "";
  announce("");
}

function showWay(): void {
  find("h2", HTMLElement, form).textContent = submit.textContent = isNew ? "Sign up" : "Sign in";
  find(".other span", HTMLElement, form).textContent = isNew ? "Have you been here before?" : "Are you new here?";
  other.textContent = isNew ? "Sign in" : "Sign up";
  find(".name", HTMLElement, form).hidden = field(form, "name").disabled = !isNew;
  field(form, "password").setAttribute("autocomplete", isNew ? "new-password" : "current-password");
  complain(form, []);
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (submit.ariaBusy === "true") return;
  const wrong = faults(form);
  if (wrong.length) return complain(form, wrong);
  submit.ariaBusy = "true";
  run(async () => {
    const given = { email: value(form, "email"), password: value(form, "password") };
    const answer = await signIn(isNew ? { ...given, name: value(form, "name") } : given);
    submit.ariaBusy = "false";
    if (Array.isArray(answer)) complain(form, answer);
    else showTasks(answer);
  });
});

other.addEventListener("click", () => {
  isNew = !isNew;
  showWay();
  field(form, isNew ? "name" : "email").focus();
});

find("#sign-out", HTMLButtonElement).addEventListener("click", () =>
  run(async () => {
    if (await signOut()) showSignIn();
    else announce("Signing out is not possible at the moment.");
  }),
);

async function start(before?: User): Promise<void> {
  leave();
  try {
    const user = await currentUser();
    if (user && user.id !== before?.id) showTasks(user);
    else showSignIn();
  } catch {
    showSignIn(IMPOSSIBLE);
  }
}

whenEnded((how) => (how instanceof OtherUser ? run(() => start(shown)) : showSignIn("Your session is over. Sign in again.")));
showWay();
run(start);
