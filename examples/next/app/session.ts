import { withAuth } from '@workos-inc/authkit-nextjs';
import { cookies } from 'next/headers';
import { standIn } from '../stand-in';

export const STAND_IN_COOKIE = 'stand-in-token';

/** The access token of the person who is signed in. */
export async function accessToken(): Promise<string | undefined> {
  if (standIn) return (await cookies()).get(STAND_IN_COOKIE)?.value;
  return (await withAuth()).accessToken;
}
