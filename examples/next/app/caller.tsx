'use client';

import { useState } from 'react';

interface Answer {
  status: number;
  body: Record<string, unknown>;
}

/**
 * Calls the route with the token that the page was rendered with. A page that stays open for longer
 * than the token's life takes `useAccessToken()` of `@workos-inc/authkit-nextjs/components`.
 */
export function Caller({ token }: { token: string }) {
  const [answer, setAnswer] = useState<Answer>();

  async function call(bearer: string) {
    const response = await fetch('/api/me', { headers: { authorization: `Bearer ${bearer}` } });
    setAnswer({ status: response.status, body: await response.json() });
  }

  return (
    <>
      <div className="row">
        <button type="button" className="primary" onClick={() => call(token)}>
          Call it
        </button>
        <button type="button" onClick={() => call(tampered(token))}>
          Call it with a tampered token
        </button>
      </div>
      {answer && <Shown {...answer} />}
    </>
  );
}

function Shown({ status, body }: Answer) {
  return (
    <section aria-live="polite">
      <h2 className={status === 200 ? 'good' : 'bad'}>{status}</h2>
      <dl>
        {Object.entries(body).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{typeof value === 'string' ? value : JSON.stringify(value)}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

/** With another signature: the first character of it, whose bits all count. */
function tampered(token: string): string {
  const start = token.lastIndexOf('.') + 1;
  const other = token[start] === 'A' ? 'B' : 'A';
  return token.slice(0, start) + other + token.slice(start + 1);
}
