import type { VerifiedClaims, WorkosCustomClaims, WorkosTokenOptions } from '../index.cjs';

/** The verified identity behind a request. */
export interface WorkosAuth<Custom extends object = WorkosCustomClaims> {
  /** The token's claims, frozen. */
  readonly claims: VerifiedClaims<Custom>;
  /** The token itself, to be passed on. */
  readonly token: string;
}

/** Given in its place when `optional` let a request without credentials through. */
export interface NoWorkosAuth {
  readonly claims: null;
  readonly token: null;
}

/** Where a token can come from; `null`, `undefined` and the empty string mean that there is none. */
export type MaybeToken = string | null | undefined;

/** The options of all adapters, along with those of `verifyWorkosToken`. */
export interface WorkosAdapterOptions<Req, Optional extends boolean = boolean>
  extends WorkosTokenOptions {
  /**
   * Finds the token in place of the `Authorization` header, which is then not looked at. Default:
   * the header's bearer token (RFC 6750, section 2.1). What it throws is the framework's to handle.
   */
  readonly getToken?: ((request: Req) => MaybeToken | Promise<MaybeToken>) | undefined;
  /**
   * Lets a request without credentials through, and never one with a bad token or a malformed
   * header. Default `false`: 401.
   */
  readonly optional?: Optional | undefined;
}
