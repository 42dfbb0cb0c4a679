// What a guarded path of a server says to a token, or to none.

export interface Guarded {
  status: number;
  challenge: string | null;
  retryAfter: string | null;
  body: string;
}

export async function askGuarded(
  url: string,
  token?: string,
  further: Record<string, string> = {},
): Promise<Guarded> {
  const headers = { ...(token !== undefined && { authorization: `Bearer ${token}` }), ...further };
  const response = await fetch(url, { headers });
  return {
    status: response.status,
    challenge: response.headers.get('www-authenticate'),
    retryAfter: response.headers.get('retry-after'),
    body: await response.text(),
  };
}
