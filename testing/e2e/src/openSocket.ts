import { WebSocket } from "ws";

interface Answer {
  readonly id?: number;
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string };
  readonly method?: string;
  readonly params?: Notification;
}

export interface Notification {
  readonly subscription: string;
  readonly result: unknown;
}

export interface Socket {
  call(method: string, params: readonly unknown[]): Promise<Answer>;
  readonly notifications: Notification[];
  close(): void;
}

export async function openSocket(wsUrl: string): Promise<Socket> {
  const socket = new WebSocket(wsUrl);
  await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
  const waiting = new Map<number, (answer: Answer) => void>();
  const notifications: Notification[] = [];
  let id = 0;
  socket.on("message", (data) => {
    const answer = JSON.parse(String(data)) as Answer;
    if (answer.params !== undefined) notifications.push(answer.params);
    else waiting.get(answer.id!)?.(answer);
  });
  return {
    notifications,
    call(method, params) {
      id += 1;
      socket.send(JSON.stringify({ jsonrpc: "2.0", id, method, params }));
      return new Promise((resolve) => waiting.set(id, resolve));
    },
    close: () => socket.close(),
  };
}
