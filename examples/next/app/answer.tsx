export interface AnswerProps {
  status: number;
  body: Record<string, unknown>;
}

/** RFC 7519, section 2: seconds since 1970. */
const TIMES = ['exp', 'iat', 'nbf', 'auth_time'];

/** The response of the route: the claims, or why there are none. */
export function Answer({ status, body }: AnswerProps) {
  const { hint, ...members } = body;
  const isGood = status === 200;
  return (
    <>
      <h2 className={isGood ? 'good' : 'bad'}>
        {status} {isGood ? 'Accepted' : 'Refused'}
      </h2>
      {isGood && <p>The token expires {inWords(Number(body.exp))}.</p>}
      {typeof hint === 'string' && <p className="hint">{hint}</p>}
      <dl>
        {Object.entries(members).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              {TIMES.includes(name) ? inWords(Number(value)) : textOf(value)}
              {TIMES.includes(name) && <span className="quiet"> {textOf(value)}</span>}
            </dd>
          </div>
        ))}
      </dl>
    </>
  );
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));

const UNITS = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const;

/** `in 5 minutes`, `2 hours ago`. */
function inWords(unixSeconds: number): string {
  const seconds = Math.round(unixSeconds - Date.now() / 1000);
  const [unit, size] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? ['second', 1];
  const words = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
  return words.format(Math.round(seconds / size), unit);
}
