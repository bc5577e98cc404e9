/** What a front end sees of each operation through openapi-typescript and openapi-fetch. Read by ../check.mjs. */

import type { FetchOptions, FetchResponse } from "openapi-fetch";
import type { operations } from "./client/schema.js";

type Parameter<Name extends keyof operations> = operations[Name]["parameters"];
type Answer<Name extends keyof operations> = FetchResponse<operations[Name], object, `${string}/${string}`>;

export type Operations = {
  [Name in keyof operations]: {
    input: [
      Parameter<Name>["path"],
      Parameter<Name>["query"],
      Parameter<Name>["header"],
      FetchOptions<operations[Name]>["body"],
    ];
    data: Answer<Name>["data"];
    error: Answer<Name>["error"];
  };
};
