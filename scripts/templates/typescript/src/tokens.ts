/** The bearer token: asked for once, kept, and asked for again by one call for all that wait. */

import { unlessAborted } from "./waits.js";

/** Gives a token; with `refresh` a new one, because the last one was refused. An empty text is none. */
export type TokenProvider = (ask: { refresh: boolean }) => string | Promise<string>;

/** An object, not a text: a provider may give the same text again, and has still been asked. */
export interface Token {
  readonly value: string;
}

export class Tokens {
  readonly #provider: TokenProvider;
  #kept: Token | undefined;
  #asked: Promise<Token> | undefined;
  #wasRefused = false;
  #waiting = 0;

  constructor(provider: TokenProvider) {
    this.#provider = provider;
  }

  /** The token, another one than `refused`; throws what the provider throws, or the signal's reason. */
  async get(signal: AbortSignal, refused?: Token): Promise<Token> {
    if (this.#kept && this.#kept === refused) {
      this.#kept = undefined;
      this.#wasRefused = true;
    }
    return this.#kept ?? this.#wait(signal);
  }

  async #wait(signal: AbortSignal): Promise<Token> {
    const asked = (this.#asked ??= this.#ask());
    this.#waiting += 1;
    try {
      this.#kept = await unlessAborted(asked, signal);
      return this.#kept;
    } finally {
      this.#waiting -= 1;
      if (this.#waiting === 0) {
        this.#asked = undefined; // it has answered, or all have stopped waiting for what may never come
      }
    }
  }

  async #ask(): Promise<Token> {
    return { value: await this.#provider({ refresh: this.#wasRefused }) };
  }
}
