'use server';

import * as authkit from '@workos-inc/authkit-nextjs';
import { cookies } from 'next/headers';
import { redirect } from 'next/navigation';
import { standIn } from '../stand-in';
import { STAND_IN_COOKIE } from './session';

const AN_HOUR = 3600;

export async function signIn() {
  if (!standIn) redirect(await authkit.getSignInUrl());
  const claims = { org_id: 'org_acme', role: 'member', permissions: ['posts:read'] };
  const token = await standIn.sign(claims, { expiresInSeconds: AN_HOUR });
  (await cookies()).set(STAND_IN_COOKIE, token, { httpOnly: true, sameSite: 'lax' });
}

export async function signOut() {
  if (!standIn) return authkit.signOut();
  (await cookies()).delete(STAND_IN_COOKIE);
}
