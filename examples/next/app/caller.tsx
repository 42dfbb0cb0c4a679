'use client';

import { useAccessToken } from '@workos-inc/authkit-nextjs/components';
import { useState } from 'react';
import { Answer, type AnswerProps } from './answer';

/** Calls the route. `getAccessToken` renews the token first if it is about to expire. */
export function Caller() {
  const { loading, getAccessToken } = useAccessToken();
  const [answer, setAnswer] = useState<AnswerProps>();

  async function call(authorizationFor: (token: string) => string | undefined) {
    const token = await getAccessToken();
    const authorization = token && authorizationFor(token);
    const response = await fetch('/api/me', { headers: authorization ? { authorization } : {} });
    setAnswer({ status: response.status, body: await response.json() });
  }

  return (
    <>
      <div className="row">
        <button
          type="button"
          className="primary"
          onClick={() => call((token) => `Bearer ${token}`)}
        >
          Call it
        </button>
        <button
          type="button"
          disabled={loading}
          onClick={() => call((token) => `Bearer ${tampered(token)}`)}
        >
          With a tampered token
        </button>
        <button type="button" disabled={loading} onClick={() => call(() => undefined)}>
          Without a token
        </button>
      </div>
      <section aria-live="polite">{answer && <Answer {...answer} />}</section>
    </>
  );
}

/** With another signature: the first character of it, whose bits all count. */
function tampered(token: string): string {
  const start = token.lastIndexOf('.') + 1;
  const other = token[start] === 'A' ? 'B' : 'A';
  return token.slice(0, start) + other + token.slice(start + 1);
}
