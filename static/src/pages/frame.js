// Crops and cuts of one asset.
import { Desk } from "../framing/desk.js";
import { wireCut } from "../framing/cut.js";

const desk = document.querySelector("[data-framing]");
if (desk) new Desk(desk);
const cut = document.querySelector("[data-cut]");
if (cut) wireCut(cut);
