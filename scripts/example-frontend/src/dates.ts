// Due dates are of two kinds. An all-day one, 2026-12-24, is a day in nobody's time zone and stays one; a moment comes
// in UTC and is shown and entered in the zone of the browser.

export const timeZone = new Intl.DateTimeFormat().resolvedOptions().timeZone;

const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeZone: "UTC" });
const moment = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

export function isAllDay(due: string): boolean {
  return !due.includes("T");
}

export function dueText(due: string): string {
  return isAllDay(due) ? day.format(new Date(`${due}T00:00:00Z`)) : moment.format(new Date(due));
}

/** What `<input type=date>` and `<input type=time>` show. */
export function toFields(due: string | null): { date: string; time: string } {
  if (due === null) return { date: "", time: "" };
  if (isAllDay(due)) return { date: due, time: "" };
  const local = new Date(due);
  const [year, month, date] = [local.getFullYear(), local.getMonth() + 1, local.getDate()];
  return { date: `${padded(year, 4)}-${padded(month)}-${padded(date)}`, time: `${padded(local.getHours())}:${padded(local.getMinutes())}` };
}

/** What they mean: without a time, all day. */
export function fromFields({ date, time }: { date: string; time: string }): string | null {
  if (date === "") return null;
  if (time === "") return date;
  const entered = new Date(`${date}T${time}`);
  // What is no date in JavaScript, such as the year 12026, is for the service to refuse.
  return Number.isNaN(entered.getTime()) ? `${date}T${time}:00Z` : entered.toISOString();
}

export function isOverdue(due: string): boolean {
  const today = toFields(new Date().toISOString()).date;
  return isAllDay(due) ? due < today : new Date(due).getTime() < Date.now();
}

function padded(number: number, digits = 2): string {
  return String(number).padStart(digits, "0");
}
