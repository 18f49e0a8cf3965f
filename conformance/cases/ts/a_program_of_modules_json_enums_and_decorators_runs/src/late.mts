export const late = (): void => console.log("late");
