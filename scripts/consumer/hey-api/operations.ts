/** What a front end sees of each operation through @hey-api/openapi-ts. Read by ../check.mjs. */

type Calls = typeof import("./client/sdk.gen.js");
type Request<Name extends keyof Calls> = NonNullable<Parameters<Calls[Name]>[0]>;
type Answer<Name extends keyof Calls> = Extract<Awaited<ReturnType<Calls[Name]>>, { error: unknown }>;
/** Any header may be sent; these are the ones that the contract names. */
type Names<Headers> = keyof { [Name in keyof Headers as string extends Name ? never : Name]: true };
type Named<Headers> = Headers extends unknown
  ? string extends keyof Headers
    ? [Names<Headers>] extends [never]
      ? never
      : Pick<Headers, Names<Headers>>
    : never
  : never;

export type Operations = {
  [Name in keyof Calls]: {
    input: [Request<Name>["path"], Request<Name>["query"], Named<Request<Name>["headers"]>, Request<Name>["body"]];
    data: Answer<Name>["data"];
    error: Answer<Name>["error"];
  };
};
