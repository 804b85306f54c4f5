/**
 * The demo drives the ACS as its users do: over REST.
 * Layer: demo.
 */
export interface TaskShown {
  readonly id: string;
  readonly state: string;
  readonly failure?: { readonly detail: string } | null;
}

export class ApiClient {
  readonly #url: string;
  readonly #token: string;

  constructor(url: string, token: string) {
    this.#url = url;
    this.#token = token;
  }

  /** @throws with the problem's detail when the answer is no success. */
  async call(method: string, path: string, body?: unknown): Promise<unknown> {
    const isBytes = body instanceof Uint8Array;
    const response = await fetch(`${this.#url}${path}`, {
      method,
      headers: {
        Authorization: `Bearer ${this.#token}`,
        ...(body === undefined ? {} : { "Content-Type": isBytes ? "application/octet-stream" : "application/json" }),
      },
      ...(body === undefined ? {} : { body: isBytes ? new Uint8Array(body) : JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === "" ? undefined : JSON.parse(text);
  }

  async addTask(deviceId: string, order: Readonly<Record<string, unknown>>, waitS = 0): Promise<TaskShown> {
    const query = waitS > 0 ? `?wait=${waitS}` : "";
    return (await this.call("POST", `/api/devices/${encodeURIComponent(deviceId)}/tasks${query}`, order)) as TaskShown;
  }

  async awaitTask(id: string, waitS: number): Promise<TaskShown> {
    return (await this.call("GET", `/api/tasks/${id}?wait=${waitS}`)) as TaskShown;
  }
}
