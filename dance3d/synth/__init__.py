"""The synthetic dancer: choreography, body, cameras, frames and masks, all with ground truth."""
