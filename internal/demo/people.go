package demo

import (
	"time"

	"github.com/parvis-coop/parvis/internal/parvis"
)

// Password opens every account of the demonstration.
const Password = "place-du-marche"

// A person is somebody of the demonstration.
type person struct {
	node     string // town or workshop
	username string
	name     string
	quarter  string
	bio      string
	portrait uint64
	role     parvis.Role
	said     parvis.Presentation // who can do something is in the directory
}

// The two nodes.
const (
	town     = "malakoff"
	workshop = "atelier"
)

var people = []person{
	{town, "claire", "Claire Delmas", "Centre", "J’anime ce lieu pour la ville. Une question, une idée ? Écrivez-moi.", 4, parvis.RoleAdmin, parvis.Presentation{}},
	{town, "jeanne", "Jeanne Morel", "Malakoff-Sud", "Bricoleuse du dimanche et des autres jours. Je prête volontiers, je rends à l’heure.", 0, parvis.RoleResident,
		parvis.Presentation{Offers: []string{"poser une étagère", "réparer une prise"}, Seeks: []string{"couture"}, Languages: []string{"fr"}}},
	{town, "karim", "Karim Benali", "Centre", "Infirmier, souvent de nuit. Je dépanne quand je peux.", 6, parvis.RoleResident,
		parvis.Presentation{Offers: []string{"aide aux démarches de santé"}, Languages: []string{"fr", "ar", "en"}}},
	{town, "odile", "Odile Fournier", "Malakoff-Nord", "Trente ans de balcons fleuris. Boutures à volonté.", 9, parvis.RoleResident,
		parvis.Presentation{Offers: []string{"tailler les rosiers", "boutures"}, Seeks: []string{"porter des sacs de terreau"}, Languages: []string{"fr"}}},
	{town, "aissata", "Aïssata Diop", "Barbusse", "Deux enfants, un père à accompagner, peu de temps libre mais de l’énergie.", 1, parvis.RoleResident, parvis.Presentation{}},
	{town, "bruno", "Bruno Lemaire", "Malakoff-Sud", "Un vélo cargo pour tout l’immeuble.", 7, parvis.RoleResident,
		parvis.Presentation{Offers: []string{"prêt d’un vélo cargo", "réparer un vélo"}, Languages: []string{"fr", "en"}}},
	{town, "ines", "Inès Carvalho", "Centre", "Couture, costumes de théâtre, fêtes d’école.", 2, parvis.RoleResident,
		parvis.Presentation{Offers: []string{"couture", "costumes"}, Seeks: []string{"réparer mon vélo"}, Languages: []string{"fr", "pt"}}},
	{workshop, "samir", "Samir Haddad", "Vanves", "Je répare, j’explique, et vous repartez en sachant faire.", 3, parvis.RoleAdmin, parvis.Presentation{}},
	{workshop, "camille", "Camille Roux", "Montrouge", "Vélos et petits moteurs, le jeudi soir à l’atelier.", 8, parvis.RoleResident,
		parvis.Presentation{Offers: []string{"réparer un vélo", "petits moteurs"}, Languages: []string{"fr"}}},
	{workshop, "paul", "Paul Girard", "Vanves", "Retraité du livre. Je lis, je donne, j’écoute.", 5, parvis.RoleResident, parvis.Presentation{}},
}

// A listing is an offer or request of the demonstration.
type listing struct {
	author      string
	purpose     parvis.Purpose
	sort        parvis.Sort
	category    parvis.Category
	title, text string
	picture     string // a drawing, or empty
	alt         string
	place       string
	age         time.Duration // how long ago it was published
	left        time.Duration // until its deadline; 0 for none
	audience    parvis.Audience
	state       parvis.State
}

const day = 24 * time.Hour

var listings = []listing{
	{"paul", parvis.PurposeOffer, parvis.SortGift, "culture", "Trois cartons de romans policiers",
		"Simenon, Manchette, Vargas, beaucoup de poches. À prendre **par carton**, ils sont lourds : venez avec un caddie.\n\n#livres #polar",
		"books", "Des livres de toutes les couleurs sur une étagère, une tasse de thé posée dessus", "Vanves", 9 * day, 21 * day, parvis.Everyone, parvis.Open},
	{"odile", parvis.PurposeOffer, parvis.SortGift, "garden", "Boutures de pélargonium et de misère",
		"Elles ont pris racine dans l’eau, il ne manque que la terre. J’ai aussi quelques pots à donner.\n\nSonnez chez *Fournier*, deuxième étage. #plantes",
		"plants", "Trois plantes en pot devant une fenêtre", "Malakoff-Nord", 7 * day, 0, parvis.Everyone, parvis.Open},
	{"bruno", parvis.PurposeOffer, parvis.SortObject, "mobility", "Vélo cargo, à la demi-journée",
		"Idéal pour les courses, un meuble ou deux enfants. Assistance électrique, batterie chargée.\n\nPremière fois ? On fait un tour ensemble. #velo",
		"cargo-bike", "Un vélo cargo vert chargé de légumes et d’une baguette", "Malakoff-Sud", 6 * day, 0, parvis.Everyone, parvis.Reserved},
	{"camille", parvis.PurposeOffer, parvis.SortLesson, "mobility", "Régler ses freins et changer une chambre à air",
		"Une heure à l’atelier, le jeudi soir. Venez avec votre vélo, on fournit les outils et le café.\n\n#velo #reparation",
		"", "", "Vanves", 5 * day, 0, parvis.Everyone, parvis.Open},
	{"ines", parvis.PurposeRequest, parvis.SortObject, "clothes", "Machine à coudre, pour un week-end",
		"La mienne est en panne et douze costumes m’attendent pour la fête de l’école. J’en prendrai grand soin.",
		"sewing-machine", "Une machine à coudre rouge et un tissu à fleurs violet", "Centre", 4 * day, 9 * day, parvis.Everyone, parvis.Open},
	{"samir", parvis.PurposeOffer, parvis.SortRoom, "festivity", "Grande table et six chaises pour vos réunions",
		"La salle de l’atelier est libre le lundi soir. Chauffée, accessible en fauteuil, cafetière à disposition.",
		"table", "Une table en bois et ses chaises sous une suspension verte", "Vanves", 3 * day, 0, parvis.Everyone, parvis.Open},
	{"karim", parvis.PurposeRequest, parvis.SortService, "home", "Monter une armoire au 3e étage, samedi matin",
		"L’ascenseur est trop petit, il faut passer par l’escalier. À trois, c’est l’affaire d’une heure. Petit-déjeuner offert !",
		"boxes", "Des cartons de déménagement et une plante verte", "Centre", 2 * day, 6 * day, parvis.Everyone, parvis.Open},
	{"claire", parvis.PurposeOffer, parvis.SortService, "paperwork", "Aide pour les papiers en ligne, le mardi",
		"Impôts, CAF, carte grise : nous les faisons **avec vous**, à la médiathèque, de 14 h à 17 h. Sans rendez-vous.",
		"laptop", "Un ordinateur portable ouvert, une tasse à côté", "Centre", 2*day - 3*time.Hour, 0, parvis.Everyone, parvis.Open},
	{"aissata", parvis.PurposeRequest, parvis.SortRide, "care", "Accompagner mon père à l’hôpital Percy, jeudi à 9 h",
		"Il marche avec une canne et n’aime pas y aller seul. Retour vers 11 h 30. Je rembourse l’essence, bien sûr.",
		"", "", "Barbusse", 20 * time.Hour, 4 * day, parvis.Partners, parvis.Open},
	{"jeanne", parvis.PurposeOffer, parvis.SortObject, "tools", "Perceuse à percussion et ses mèches",
		"Elle perce le béton des immeubles d’ici sans broncher. Je la prête avec une boîte de mèches (bois, métal, béton) et un conseil si vous voulez.\n\nÀ rendre propre, sous huit jours. #outils",
		"drill", "Une perceuse verte et ses mèches rangées sur un établi", "Malakoff-Sud", 5 * time.Hour, 40 * day, parvis.Everyone, parvis.Open},
	{"samir", parvis.PurposeRequest, parvis.SortObject, "tools", "Un escabeau pour repeindre l’atelier",
		"Cinq marches suffiraient. On le rend dimanche soir, sans une goutte de peinture.",
		"ladder", "Un escabeau devant un mur à moitié peint en vert", "Vanves", 3 * time.Hour, 5 * day, parvis.Everyone, parvis.Open},
	{"odile", parvis.PurposeRequest, parvis.SortService, "animals", "Nourrir Pistache, chat tranquille, pendant une semaine",
		"Croquettes matin et soir, une caresse s’il le demande. Il demande toujours.",
		"cat", "Un chat roux assis sur un coussin violet", "Malakoff-Nord", 2 * time.Hour, 12 * day, parvis.OnNode, parvis.Open},
	{"jeanne", parvis.PurposeOffer, parvis.SortObject, "kitchen", "Appareil à raclette pour huit",
		"Il ne sert que trois fois par hiver, autant qu’il voyage. Les poêlons passent au lave-vaisselle.",
		"raclette", "Un appareil à raclette fumant sur une nappe à carreaux", "Malakoff-Sud", 40 * time.Minute, 0, parvis.Everyone, parvis.Open},
}

// An answer is a comment under a listing, perhaps from the other node.
type answer struct {
	listing string // its title
	author  string
	text    string
	age     time.Duration
}

var answers = []answer{
	{"Trois cartons de romans policiers", "odile", "J’en prendrais bien un pour le club de lecture. Samedi vers 10 h ?", 8 * day},
	{"Trois cartons de romans policiers", "paul", "Avec plaisir, je serai là toute la matinée.", 8*day - 2*time.Hour},
	{"Vélo cargo, à la demi-journée", "karim", "Libre samedi après-midi ? C’est pour rapporter une étagère.", 5 * day},
	{"Vélo cargo, à la demi-journée", "bruno", "Oui, il est réservé pour vous. Passez à 14 h.", 5*day - time.Hour},
	{"Machine à coudre, pour un week-end", "samir", "On en a une à l’atelier qui sort de révision. Elle est à vous de vendredi à lundi.", 3 * day},
	{"Machine à coudre, pour un week-end", "ines", "Merci, vous sauvez douze pirates ! Je passe vendredi à 18 h.", 3*day - time.Hour},
	{"Perceuse à percussion et ses mèches", "camille", "Est-ce qu’elle passe dans de la meulière ? On veut poser une étagère à l’atelier.", 4 * time.Hour},
	{"Perceuse à percussion et ses mèches", "jeanne", "Oui, avec la mèche de 8 et un peu de patience. Elle est libre dès demain.", 3 * time.Hour},
	{"Un escabeau pour repeindre l’atelier", "bruno", "J’en ai un de six marches, je vous l’apporte avec le vélo cargo ?", 2 * time.Hour},
}

// A letter is a private message about a listing, perhaps to the other node.
type letter struct {
	listing    string // its title
	author, to string
	text       string
	age        time.Duration
}

var letters = []letter{
	{"Perceuse à percussion et ses mèches", "camille", "jeanne", "Parfait pour la meulière. Je peux passer la prendre demain vers 18 h ?", 2 * time.Hour},
	{"Perceuse à percussion et ses mèches", "jeanne", "camille", "Avec plaisir. Le code de la porte est 4521, troisième étage à gauche.", 90 * time.Minute},
	{"Nourrir Pistache, chat tranquille, pendant une semaine", "aissata", "odile", "Je suis là du 10 au 20. Il aime qu’on lui lise le journal ?", time.Hour},
}

// follows says who follows whom, across the nodes.
var follows = [][2]string{
	{"jeanne", "samir"}, {"jeanne", "odile"}, {"karim", "jeanne"}, {"ines", "samir"}, {"odile", "paul"},
	{"samir", "jeanne"}, {"camille", "bruno"}, {"paul", "odile"}, {"aissata", "karim"},
}
