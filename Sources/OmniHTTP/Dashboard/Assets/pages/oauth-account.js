/** What is known of an account that logged in with OAuth, and what can be done with it. */

import { get, post } from '../core/api.js';
import { ago } from '../core/format.js';
import { t } from '../core/texts.js';
import { badge, button } from '../ui/controls.js';
import { toast } from '../ui/toasts.js';
import { openLogin } from './oauth-login.js';

const TONES = { active: 'good', expired: 'warn', refresh_failed: 'warn', login_required: 'bad' };

/** How the tokens of all such accounts stand, by connection. */
export async function standings(connections, signal) {
  const servers = [...new Set(connections.map((one) => one.oauthProvider).filter(Boolean))];
  const answers = await Promise.all(
    servers.map((id) => get(`/api/oauth/${encodeURIComponent(id)}/status`, { signal }).catch(() => null)),
  );
  return new Map(answers.flatMap((answer) => answer?.connections ?? []).map((one) => [one.id, one]));
}

/** A word on its tokens, where it is not that all is well. */
export function tokenBadge(standing) {
  if (!standing || standing.status === 'active')
    return standing?.refreshing ? badge(t('oauth.refreshing'), 'accent', { dot: true }) : null;
  return badge(t(`oauth.status.${standing.status}`), TONES[standing.status] ?? '', { dot: true });
}

export function tokenLine(account, standing) {
  return [
    account.email,
    account.expiresAt && t('oauth.until', { ago: ago(account.expiresAt) }),
    standing?.nextRefreshAt && t('oauth.nextRefresh', { ago: ago(standing.nextRefreshAt) }),
    standing?.lastRefreshError,
  ];
}

/** Renews at once, or leads to a new login where that is what is needed. */
export function tokenActions(account, standing, refresh) {
  const again = button(t('oauth.loginAgain'), {
    icon: 'login',
    kind: standing?.status === 'login_required' ? 'slim primary' : 'quiet slim',
    iconOnly: standing?.status !== 'login_required',
    onClick: () =>
      openLogin({
        provider: account.oauthProvider,
        account,
        onDone: async () => {
          await refresh();
          toast(t('oauth.done', { name: account.name }), 'good');
        },
      }),
  });
  const renew = button(t('oauth.renew'), {
    icon: 'refresh',
    iconOnly: true,
    kind: 'quiet slim',
    onClick: async () => {
      await post(`/api/oauth/${encodeURIComponent(account.oauthProvider)}/refresh`, { connectionId: account.id });
      toast(t('oauth.renewed'), 'good');
      await refresh();
    },
  });
  return [account.hasRefreshToken && renew, again];
}
