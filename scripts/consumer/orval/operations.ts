/** What a front end sees of each operation through orval. Read by ../check.mjs. */

type Client = typeof import("./client/tasks.js");
/** The operations are the functions that have another one beside them, for their address. */
type Names = { [Name in keyof Client]: `get${Capitalize<Name>}Url` extends keyof Client ? Name : never };
type Calls = Pick<Client, Names[keyof Client]>;
type Call<Name extends keyof Calls> = Extract<Calls[Name], (...input: never) => unknown>;
/** All but the last one, which is of fetch. */
type Input<All extends unknown[]> = Required<All> extends [...infer Own, unknown] ? Own : never;
type Answer<Name extends keyof Calls> = Awaited<ReturnType<Call<Name>>>;
type Success = { status: 200 | 201 | 204 };

export type Operations = {
  [Name in keyof Calls]: {
    input: Input<Parameters<Call<Name>>>;
    data: Extract<Answer<Name>, Success>["data"];
    error: Exclude<Answer<Name>, Success>["data"];
  };
};
