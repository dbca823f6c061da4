import { notifyErrors } from "./errors.ts";
import type { Channel } from "./Notification.ts";
import type { Sender } from "./Webhook.ts";

export interface EmailTransport {
  send(message: { readonly to: string; readonly subject: string; readonly text: string }): Promise<void>;
}

export function createEmailChannel(to: readonly string[], transport: EmailTransport): Channel {
  return {
    async send({ severity, subject, text, kind }) {
      const line = `[${severity}] ${withoutBreaks(subject)}`;
      for (const address of to)
        await transport.send({ to: address, subject: line, text: `${text}\n\n${kind}` });
    },
  };
}

const CHAT_TIMEOUT_MS = 10_000;

/** Slack, Mattermost, Discord (`/slack`) and others accept `{"text": …}`. */
export function createChatChannel(url: string, sender: Sender): Channel {
  return {
    async send({ severity, subject, text }) {
      const body = Buffer.from(JSON.stringify({ text: `[${severity}] ${withoutBreaks(subject)}\n${text}` }));
      const status = await sender.post(url, { "content-type": "application/json" }, body, CHAT_TIMEOUT_MS);
      if (status < 200 || status > 299) throw notifyErrors.NOTIFICATION_CHANNEL_FAILED({ status });
    },
  };
}

export function createPostChannel(url: string, sender: Sender): Channel {
  return {
    async send(notification) {
      const body = Buffer.from(JSON.stringify(notification));
      const status = await sender.post(url, { "content-type": "application/json" }, body, CHAT_TIMEOUT_MS);
      if (status < 200 || status > 299) throw notifyErrors.NOTIFICATION_CHANNEL_FAILED({ status });
    },
  };
}

/** Prevents header injection. */
function withoutBreaks(text: string): string {
  return text.replaceAll(/[\r\n]+/g, " ");
}
