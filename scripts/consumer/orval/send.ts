/** How orval's functions send: to the service that `connect` names, with its token. */

const service = { url: "", token: "" };

export function connect(url: string, token: string): void {
  Object.assign(service, { url, token });
}

export async function send<Answer>(path: string, options: RequestInit): Promise<Answer> {
  const headers = new Headers(options.headers);
  headers.set("Authorization", `Bearer ${service.token}`);
  const response = await fetch(service.url + path, { ...options, headers });
  const text = await response.text();
  const json = response.headers.get("Content-Type")?.includes("json");
  const data: unknown = json ? JSON.parse(text) : text;
  // A cast, since only the contract says which data belong to a status.
  return { data, status: response.status, headers: response.headers } as Answer;
}
