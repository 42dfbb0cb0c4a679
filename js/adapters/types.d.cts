import type { VerifiedClaims, WorkosTokenOptions } from '../../index.cjs';

/** Who sent a request. */
export interface WorkosAuth<Custom extends object = {}> {
  /** The token's claims, frozen. */
  readonly claims: VerifiedClaims<Custom>;
  /** The token itself, to be passed on. */
  readonly token: string;
}

/** What stands for it where `optional` let a request without credentials through. */
export interface NoWorkosAuth {
  readonly claims: null;
  readonly token: null;
}

/** Where a token can come from; `null`, `undefined` and the empty text stand for none. */
export type MaybeToken = string | null | undefined;

/** The options of all adapters, beside those of `verifyWorkosToken`. */
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
