// The page around an application's frame: its form, and the parent's side of what
// the frame says, as Bitrix24's own page does it (install/js/rest/applayout.js).
"use strict";

// Where openPath may lead; the path of another page of the account, not an address.
const PATHS = /^\/(crm\/(deal|lead|contact|company|type)|marketplace|company\/personal\/user\/[0-9]+|workgroups\/group\/[0-9]+)\//;
const ONLY_ON_PAGES = new Set(["setTitle", "setScroll", "reloadWindow"]);

const WORDS = {
  de: {
    "Choose people": "Personen wählen",
    "Choose a person": "Eine Person wählen",
    "Choose": "Wählen",
    "Close": "Schließen",
    "Page": "Seite",
    "Unable to get a new token. Reload the page, please.":
      "Es gab kein neues Token. Bitte laden Sie die Seite neu.",
  },
  pt: {
    "Choose people": "Escolher pessoas",
    "Choose a person": "Escolher uma pessoa",
    "Choose": "Escolher",
    "Close": "Fechar",
    "Page": "Página",
    "Unable to get a new token. Reload the page, please.":
      "Não foi possível obter um novo token. Recarregue a página.",
  },
};
const words = (text) => WORDS[document.documentElement.lang]?.[text] ?? text;

class Host {
  constructor(layout) {
    this.layout = layout;
    this.frame = layout.querySelector("iframe");
    Object.assign(this, JSON.parse(layout.dataset.host));
    this.listen = (event) => this.receive(event);
    addEventListener("message", this.listen);
    this.frame.addEventListener("load", () => layout.removeAttribute("aria-busy"));
    layout.querySelector("form").submit();
  }

  // Frame to parent: `command:JSON:callback:APP_SID`, where the JSON may be missing
  // with its colon, or an object for a command that has a colon in its name.
  receive(event) {
    if (event.origin !== this.origin || !event.data) return;
    let method, params, callback, sid;
    if (typeof event.data === "object") {
      ({ method, params, callback, appSid: sid } = event.data);
    } else if (typeof event.data === "string") {
      const parts = event.data.split(":");
      [method] = parts;
      [callback, sid] = parts.slice(-2);
      const json = parts.slice(1, -2).join(":");
      if (json) params = JSON.parse(json);
    }
    if (sid !== this.sid || !Object.hasOwn(COMMANDS, method)) return;
    if (this.init.PLACEMENT !== "DEFAULT" && ONLY_ON_PAGES.has(method)) return;
    const reply = callback ? (result) => this.reply(callback, result) : () => {};
    COMMANDS[method](this, params || {}, reply);
  }

  // Parent to frame: `callback:JSON`, or `callback:` if there is nothing to say.
  reply(callback, result) {
    const json = result === undefined ? "" : JSON.stringify(result);
    this.frame.contentWindow?.postMessage(`${callback}:${json}`, this.origin);
  }

  async ask(action, fields) {
    const body = new URLSearchParams({ csrf: this.csrf, action, ...fields });
    const answer = await fetch(this.address, { method: "POST", body });
    if (!answer.ok) throw new Error(`The sandbox answers ${answer.status}`);
    return answer.json();
  }

  say(words) {
    const line = element("p", { className: "problem", role: "alert" }, words);
    this.layout.before(line);
  }

  end() {
    removeEventListener("message", this.listen);
  }
}

const COMMANDS = {
  getInitData(host, _params, reply) {
    reply({ ...host.init, DOMAIN: location.host });
    host.init.FIRST_RUN = false;
  },

  getInterface(_host, _params, reply) {
    reply({ command: [], event: [] });
  },

  async refreshAuth(host, _params, reply) {
    const fresh = await host.ask("access_refresh").catch(() => ({}));
    if (!fresh.access_token) {
      host.say(words("Unable to get a new token. Reload the page, please."));
      return;
    }
    host.init.AUTH_ID = fresh.access_token;
    host.init.AUTH_EXPIRES = fresh.expires_in;
    host.init.REFRESH_ID = fresh.refresh_token;
    const { AUTH_ID, AUTH_EXPIRES, REFRESH_ID } = host.init;
    reply({ AUTH_ID, AUTH_EXPIRES, REFRESH_ID });
  },

  async setInstall(host, params, reply) {
    await host.ask("set_install", { value: params.install ? "1" : "0" });
    reply(params);
  },

  async setInstallFinish(host) {
    const done = await host.ask("set_installed").catch(() => ({ result: false }));
    const here = new URL(location.href);
    here.searchParams.set("install_finished", done.result ? "Y" : "N");
    location.assign(here);
  },

  resizeWindow(host, params, reply) {
    const { style } = host.layout;
    const whole = params.width === "100%";
    style.width = whole ? "100%" : `${parseInt(params.width, 10) || 100}px`;
    const height = parseInt(params.height, 10);
    if (height) style.height = `${height}px`;
    const real = host.layout.getBoundingClientRect();
    reply({ width: real.width, height: real.height });
  },

  setTitle(_host, params, reply) {
    document.querySelector("h1").textContent = params.title;
    reply(params);
  },

  setScroll(_host, params, reply) {
    if (params.scroll >= 0) scrollTo(scrollX, parseInt(params.scroll, 10));
    reply(params);
  },

  reloadWindow() {
    location.reload();
  },

  async setAppOption(host, params, reply) {
    if (!host.init.IS_ADMIN) return;
    reply(await host.ask("set_option", option(params)));
  },

  async setUserOption(host, params, reply) {
    await host.ask("set_user_option", option(params));
    reply(params);
  },

  // Only the placements of other cards have events; none has one here.
  placementBindEvent() {},

  selectUser(host, params, reply) {
    const several = Boolean(Number(params.mult));
    const list = element("ul", { className: "bound" });
    const dialog = slide(several ? words("Choose people") : words("Choose a person"), list);
    for (const user of host.users) {
      const choose = several
        ? element("label", {}, check(user.id), ` ${user.name}`)
        : element("button", { type: "button", className: "link" }, user.name);
      if (!several) choose.onclick = () => finish([user]);
      list.append(element("li", {}, choose));
    }
    function finish(chosen) {
      dialog.close();
      reply(several ? chosen : chosen[0]);
    }
    if (!several) return;
    const done = element("button", { type: "button", className: "primary" }, words("Choose"));
    done.onclick = () => {
      const ids = [...list.querySelectorAll(":checked")].map((box) => box.value);
      finish(host.users.filter((user) => ids.includes(user.id)));
    };
    list.after(done);
  },

  async openApplication(host, params, reply) {
    const own = Object.entries(params).filter(([name]) => !name.startsWith("bx24_"));
    const fields = { options: JSON.stringify(Object.fromEntries(own)) };
    const { html } = await host.ask("open", fields);
    const content = new DOMParser().parseFromString(html, "text/html").body;
    const layout = content.firstElementChild;
    const dialog = slide(params.bx24_title || host.title, layout);
    const inner = new Host(layout);
    dialog.addEventListener("close", () => {
      inner.end();
      reply();
    });
  },

  closeApplication(host) {
    host.layout.closest("dialog")?.close();
  },

  openPath(_host, params, reply) {
    if (!PATHS.test(params.path)) {
      reply({ result: "error", errorCode: "PATH_NOT_AVAILABLE" });
      return;
    }
    const page = element("iframe", { src: params.path, title: words("Page"), className: "page" });
    const dialog = slide("", page);
    dialog.addEventListener("close", () => reply({ result: "close" }));
  },
};

function option(params) {
  return { name: params.name, value: JSON.stringify(params.value ?? null) };
}

function check(value) {
  return element("input", { type: "checkbox", value });
}

// A side page over this one, as Bitrix24's slider is; it forgets itself when closed.
function slide(title, ...content) {
  const close = element("button", { type: "button", className: "small" }, words("Close"));
  const head = element("div", { className: "head" }, element("h2", {}, title), close);
  const named = { className: "slider", ariaLabel: title || words("Page") };
  const dialog = element("dialog", named, head, ...content);
  close.onclick = () => dialog.close();
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

function element(name, properties, ...content) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...content);
  return made;
}

for (const layout of document.querySelectorAll(".app-frame")) new Host(layout);
